"""What a user does in Neovim with our server, as functions over a running `Neovim`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from headless_neovim import Neovim

REPOSITORY = Path(__file__).parents[3]
CLIENT = REPOSITORY / "editors/neovim"

TAP = REPOSITORY / "tests/e2e/tap.py"


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
        self.plugin = plugin
        self.folder = folder / "project"
        self.state = folder / "home/state"
        self._traffic = folder / "traffic.jsonl"
        self.folder.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", self.folder], check=True)
        home = folder / "home"
        home.mkdir()
        (home / "config.toml").touch()
        runtime = CLIENT if plugin else _bare_client(folder)
        self.nvim = Neovim(
            program,
            ["--cmd", f"set runtimepath^={runtime} noswapfile", "--cmd", self._enable()],
            private_environment(home) | {"GLM_LSP_BASE_URL": model_url},
            stderr,
        )

    def open(self, name: str, content: bytes) -> int:
        """Writes the file, opens it, and waits for the server to join. The buffer's number."""
        path = self.folder / name
        path.write_bytes(content)
        self.nvim.call("nvim_command", f"edit {path}")
        buffer = self.nvim.call("nvim_get_current_buf")
        self.nvim.wait("attach", buf=buffer)
        self.nvim.lua("record.watch(...)", buffer)
        return int(buffer)

    def start_afresh(self) -> None:
        """One empty window, no jobs, no events, the options as they come."""
        if self.nvim.lua("return #vim.lsp.get_clients({ name = 'glm' })"):
            self.command("glm.cancel", {})
        self.nvim.press("<C-\\><C-n>")
        self.nvim.call("nvim_command", "silent only | silent %bwipeout! | set fixeol&")
        self.nvim.events.clear()

    def pick(self, title: str, first: int, last: int | None = None) -> None:
        """Opens the code action menu on the lines `first` to `last` (from 1, included), or at `first`, and picks."""
        self.nvim.lua("record.pick(...)", title)
        self.nvim.press(f"{first}GV{last}Ggra<Esc>" if last else f"{first}Ggra")
        menu = self.nvim.wait("menu")
        assert title in menu["titles"], f"the menu has no {title}: {menu['titles']}"

    def command(self, command: str, argument: dict[str, Any]) -> Any:
        """The answer to `workspace/executeCommand`, sent as the editor itself sends it."""
        answer = self.nvim.lua(
            """
            local command, argument = ...
            if next(argument) == nil then argument = vim.empty_dict() end
            local client = vim.lsp.get_clients({ name = 'glm' })[1]
            local answer, failed = client:request_sync(
              'workspace/executeCommand', { command = command, arguments = { argument } }, 20000)
            return { result = answer and answer.result, err = failed or answer.err }
            """,
            command,
            argument,
        )
        if not answer:
            return None
        assert "err" not in answer, answer
        return answer["result"]

    def ask(self, verb: str, command: str, argument: dict[str, Any]) -> None:
        """The user says `:Glm VERB`; without the plugin, what `editors/neovim/README.md` has them bind a key to."""
        if self.plugin:
            self.nvim.press(f":Glm {verb}<CR>")
        else:
            self.nvim.lua(
                """
                local command, argument = ...
                if next(argument) == nil then argument = vim.empty_dict() end
                local client = vim.lsp.get_clients({ name = 'glm' })[1]
                client:exec_cmd({ title = command, command = command, arguments = { argument } })
                """,
                command,
                argument,
            )

    def configure(self, settings: dict[str, Any]) -> None:
        """The user's settings from now on."""
        self.nvim.lua(
            """
            local client = vim.lsp.get_clients({ name = 'glm' })[1]
            client.settings = { glm = ... }
            client:notify('workspace/didChangeConfiguration', { settings = client.settings })
            """,
            settings,
        )
        self.nvim.wait("configuration")
        self.command("glm.status", {})

    def offered(self) -> dict[str, Any]:
        """Waits until the job that runs offers its edit, and gives it."""
        self.nvim.wait("job", state="offered") if self.plugin else self.nvim.wait("end")
        return self.job()

    def delivered(self) -> None:
        """Waits until the edit that was accepted is in the text, as far as the server can see."""
        self.nvim.wait("edit")
        while (job := self.job())["state"] != "delivered":
            assert job["state"] in ("offered", "delivering"), job

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

    def close(self) -> list[dict[str, Any]]:
        """Ends Neovim; all messages it and the server have exchanged, for `conformance.violations`."""
        self.nvim.close()
        return [json.loads(line) for line in self._traffic.read_text("utf-8").splitlines()]

    def _enable(self) -> str:
        """What stands in a user's `init.lua`, but for the program."""
        program = [sys.executable, str(TAP), str(self._traffic), sys.executable, "-m", "glm_lsp"]
        command = ", ".join(f"'{word}'" for word in program)
        return f"lua vim.lsp.config('glm', {{ cmd = {{ {command} }} }}) vim.lsp.enable('glm')"


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
