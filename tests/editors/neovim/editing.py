"""What a user does in Neovim with our server, as functions over a running `Neovim`."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from headless_neovim import Neovim

REPOSITORY = Path(__file__).parents[3]
CLIENT = REPOSITORY / "editors/neovim"

ENABLE = """
vim.lsp.config('glm', { cmd = { ... } })
vim.lsp.enable('glm')
"""


@dataclass
class Change:
    """One entry of the buffer's own log: the lines `first` to `last` became `lines`, by the `user` or by `glm`."""

    by: str
    first: int
    last: int
    lines: list[str]


class Editing:
    """A Neovim with our server, in a folder of its own, with the whole plugin or with `lsp/glm.lua` alone."""

    def __init__(self, program: Path, folder: Path, model_url: str, stderr: IO[bytes], *, plugin: bool) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", self.folder], check=True)
        home = folder / "home"
        home.mkdir()
        (home / "config.toml").touch()
        runtime = CLIENT if plugin else _bare_client(folder)
        self.nvim = Neovim(
            program,
            ["--cmd", f"set runtimepath^={runtime}", "--cmd", "set noswapfile"],
            private_environment(home) | {"GLM_LSP_BASE_URL": model_url},
            stderr,
        )
        self.nvim.lua(ENABLE, sys.executable, "-m", "glm_lsp")

    def open(self, name: str, content: bytes) -> int:
        """Writes the file, opens it, and waits for the server to join. The buffer's number."""
        path = self.folder / name
        path.write_bytes(content)
        self.nvim.call("nvim_command", f"edit {path}")
        buffer = self.nvim.call("nvim_get_current_buf")
        self.nvim.wait("attach", buf=buffer)
        self.nvim.lua("record.watch(...)", buffer)
        return int(buffer)

    def pick(self, title: str, first: int, last: int | None = None) -> None:
        """Opens the code action menu on the lines `first` to `last` (from 1, included), or at `first`, and picks."""
        end = [last, 1000] if last else [first, 0]
        self.nvim.lua(
            """
            local title, from, to = ...
            record.pick(title)
            vim.api.nvim_win_set_cursor(0, from)
            vim.lsp.buf.code_action({ range = { start = from, ['end'] = to } })
            """,
            title,
            [first, 0],
            end,
        )
        menu = self.nvim.wait("menu")
        assert title in menu["titles"], f"the menu has no {title}: {menu['titles']}"

    def command(self, command: str, argument: dict[str, Any]) -> Any:
        """The answer to `workspace/executeCommand`, sent as the editor itself sends it."""
        answer = self.nvim.lua(
            """
            local command, argument = ...
            local client = vim.lsp.get_clients({ name = 'glm' })[1]
            if next(argument) == nil then argument = vim.empty_dict() end
            return client:request_sync(
              'workspace/executeCommand', { command = command, arguments = { argument } }, 20000)
            """,
            command,
            argument,
        )
        assert answer, f"no answer to {command}"
        assert "err" not in answer, answer
        return answer.get("result")

    def job(self) -> dict[str, Any]:
        """The latest job, as the server tells it."""
        latest: dict[str, Any] = self.command("glm.jobs", {})[0]
        return latest

    def ended(self) -> dict[str, Any]:
        """Waits for the end of the job that runs, and gives it."""
        self.nvim.wait("end")
        return self.job()

    def lines(self, buffer: int) -> list[str]:
        return list(self.nvim.call("nvim_buf_get_lines", buffer, 0, -1, True))

    def changes(self, buffer: int) -> list[Change]:
        log = self.nvim.lua("return record.changes[...]", buffer)
        return [Change(entry["by"], entry["first"], entry["last"], list(entry["lines"])) for entry in log]

    def saved(self) -> bytes:
        """The bytes the current buffer would be saved as."""
        copy = self.folder / "saved-copy"
        self.nvim.call("nvim_command", f"noautocmd silent write! {copy}")
        return copy.read_bytes()

    def messages(self) -> list[str]:
        """What the user was told of jobs since this was last asked. Anything else they were told fails the test."""
        told = [event["text"] for event in self.nvim.taken("notify")]
        assert all(text.startswith(("LSP[glm] GLM: ", "GLM: ")) for text in told), told
        return [event["text"] for event in self.nvim.taken("message")]

    def close(self) -> None:
        self.nvim.close()


def _bare_client(folder: Path) -> Path:
    """A runtime folder that holds `lsp/glm.lua` and nothing else of ours."""
    runtime = folder / "runtime"
    (runtime / "lsp").mkdir(parents=True)
    (runtime / "lsp/glm.lua").symlink_to(CLIENT / "lsp/glm.lua")
    return runtime


def private_environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GLM_", "OXEN_", "XDG_", "NVIM"))}
    return (
        kept
        | {
            "HOME": str(home),
            "NVIM_LOG_FILE": str(home / "nvim.log"),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(REPOSITORY),
            "GLM_LSP_STATE": str(home / "state"),
            "GLM_LSP_CONFIG": str(home / "config.toml"),
            "XDG_CONFIG_DIRS": str(home),
            "XDG_DATA_DIRS": str(home),
        }
        | {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    )
