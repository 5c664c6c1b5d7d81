"""Where a real editor works in a test: a project, a home of its own, our server on its PATH, and a record of all that
the two say to each other."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scripted_model import PATIENCE

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "editors"
TAP = REPOSITORY / "tests/e2e/tap.py"

Message = Mapping[str, Any]


def snippet(page: str, language: str, number: int = 0) -> str:
    """The fenced block of this language in `editors/PAGE`, counted from 0: what the page tells a user to write."""
    blocks = (PAGES / page).read_text("utf-8").split("```")[1::2]
    return [block.partition("\n")[2] for block in blocks if block.partition("\n")[0] == language][number]


class Traffic:
    """Every message between the editor and the server, as `tests/e2e/tap.py` writes them into the pipe `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Message] = []
        self._more = threading.Condition()
        os.mkfifo(path)
        # Open for writing too, so that the pipe has no end before the reader is told so.
        self._pipe = os.open(path, os.O_RDWR)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait(self, side: str, wanted: Callable[[Message], bool], start: int = 0) -> int:
        """The number of the first record from `start` that `side` ("client" or "server") sent and `wanted` accepts;
        waits until there is one. Errors: TimeoutError."""

        def found() -> int | None:
            for number in range(start, len(self.records)):
                record = self.records[number]
                if record["from"] == side and wanted(record["message"]):
                    return number
            return None

        with self._more:
            if not self._more.wait_for(lambda: found() is not None, PATIENCE):
                latest = [json.dumps(record)[:300] for record in self.records[start:][-8:]]
                raise TimeoutError("The message did not come. The latest are:\n" + "\n".join(latest))
            number = found()
            assert number is not None
            return number

    def method(self, side: str, method: str, start: int = 0) -> int:
        """The same for a request or notification `method`."""
        return self.wait(side, lambda message: message.get("method") == method, start)

    def answered(self, method: str, start: int = 0) -> int:
        """The number of the server's answer to the client's request `method` since `start`; waits until it is there."""
        asked = self.method("client", method, start)
        id = self.records[asked]["message"]["id"]
        return self.wait("server", lambda message: message.get("id") == id and "method" not in message, asked)

    def job_end(self, start: int) -> str:
        """How the first job since record `start` ended, to a client with progress; waits for the end."""

        def ends(message: Message) -> bool:
            return message.get("method") == "$/progress" and message["params"]["value"]["kind"] == "end"

        number = self.wait("server", ends, start)
        return str(self.records[number]["message"]["params"]["value"]["message"])

    def told(self, start: int) -> list[str]:
        """What the user was told since record `start`."""
        return [
            str(record["message"]["params"]["message"])
            for record in self.records[start:]
            if record["message"].get("method") == "window/showMessage"
        ]

    def close(self) -> None:
        os.write(self._pipe, b"\n")
        self._reader.join(PATIENCE)
        os.close(self._pipe)

    def _read(self) -> None:
        with open(os.dup(self._pipe), encoding="utf-8") as lines:
            for line in lines:
                if line == "\n":
                    return
                with self._more:
                    self.records.append(json.loads(line))
                    self._more.notify_all()


class Workplace:
    """`project`: a repository the editor works in. `home`: the user's. `environment`: what the editor is started with;
    in it `glm-lsp` is our server, asking the model at `model_url`."""

    def __init__(self, folder: Path, model_url: str) -> None:
        self.project = folder / "project"
        self.home = folder / "home"
        self.state = self.home / "state"
        programs = folder / "bin"
        for made in (self.project, self.home, programs):
            made.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", self.project], check=True)
        (self.home / "src").mkdir()
        (self.home / "src/glm-lsp").symlink_to(REPOSITORY)  # Where the pages take a clone to be.
        (self.home / "config.toml").touch()
        self.traffic = Traffic(folder / "traffic")
        self._programs = programs
        tapped = [sys.executable, TAP, self.traffic.path, sys.executable, "-m", "glm_lsp"]
        self.program("glm-lsp", shlex.join(map(str, tapped)))
        self.environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(REPOSITORY),
            "GLM_LSP_STATE": str(self.state),
            "GLM_LSP_CONFIG": str(self.home / "config.toml"),
            "GLM_LSP_BASE_URL": model_url,
        }

    def program(self, name: str, command: str) -> None:
        """A program on the editor's PATH that does what the shell command does."""
        path = self._programs / name
        path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        path.chmod(0o755)

    def write(self, name: str, content: bytes) -> Path:
        """A file of the project."""
        path = self.project / name
        path.write_bytes(content)
        return path

    def configure(self, name: str, content: str) -> None:
        """A file of the home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
