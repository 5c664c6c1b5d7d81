"""How long the menu takes while the user types and the index is built: `python scripts/bench_menu.py [SECONDS]`.

The real server over its pipes, a copy of the standard library's source as the project, one of its larger files open. In
turn, a key is typed, the menu is asked for, and a request the server does not know: its refusal is the floor, for it
takes the same way there and back. Between bursts of keys the user rests long enough for the file to be parsed.
Goal: 10 ms at p99 while the index is built.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glm_lsp.index.query import Index
from glm_lsp.index.store import database
from glm_lsp.lsp.trees import PAUSE

OPEN = "argparse.py"
BURST = 6
"""Keys between two rests."""
KEY_SECONDS = 0.03
MOST = 60.0
"""Seconds to measure while the index is built; it takes less."""


class Connection:
    """The server and our end of its pipes, one message at a time."""

    def __init__(self, folder: Path, place: Path) -> None:
        environ = {"GLM_LSP_STATE": str(place / "state"), "GLM_LSP_CONFIG": str(place / "config.toml")}
        (place / "config.toml").touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "glm_lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environ},
        )
        self._id = 0
        self.request("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.notify("initialized", {})

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """The answer, be it a result or an error."""
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        while (message := self._read()).get("id") != self._id:
            pass
        return message

    def close(self) -> None:
        self.request("shutdown", None)
        self.notify("exit", None)
        self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()).strip():
            length = int(line.partition(b":")[2])
        return dict(json.loads(self._process.stdout.read(length)))


class User:
    """Types into one document, and asks for its menu."""

    def __init__(self, server: Connection, file: Path) -> None:
        self._server = server
        self._uri = file.as_uri()
        self._lines = file.read_text().split("\n")
        self._version = 1
        self._random = random.Random(1)
        item = {"uri": self._uri, "languageId": "python", "version": 1, "text": "\n".join(self._lines)}
        server.notify("textDocument/didOpen", {"textDocument": item})

    def types(self) -> None:
        self._version += 1
        line = self._random.randrange(len(self._lines))
        end = {"line": line, "character": len(self._lines[line])}
        self._lines[line] += "x"
        document = {"uri": self._uri, "version": self._version}
        change = {"range": {"start": end, "end": end}, "text": "x"}
        self._server.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def menu(self) -> float:
        """Seconds."""
        place = {"line": self._random.randrange(len(self._lines)), "character": 0}
        where = {"textDocument": {"uri": self._uri}, "range": {"start": place, "end": place}}
        return self._timed("textDocument/codeAction", {**where, "context": {"diagnostics": []}})

    def floor(self) -> float:
        """Seconds."""
        return self._timed("glm/unknown", {})

    def _timed(self, method: str, params: Any) -> float:
        started = time.perf_counter()
        self._server.request(method, params)
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", nargs="?", type=float, default=15.0, help="how long to measure without a builder")
    seconds: float = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tree")
        skipped = shutil.ignore_patterns("site-packages", "__pycache__", ".git")
        shutil.copytree(sysconfig.get_path("stdlib"), folder, ignore=skipped, symlinks=True)
        kept = database(Path(place, "state"), folder)
        server = Connection(folder, Path(place))
        user = User(server, folder / OPEN)
        user.menu()  # the first one reads the settings and the actions
        print(f"load {os.getloadavg()[0]:.1f}")
        until = time.monotonic() + MOST
        measure("while the index is built", user, lambda: time.monotonic() > until or is_complete(kept, folder))
        until = time.monotonic() + seconds
        measure("afterwards", user, lambda: time.monotonic() > until)
        server.close()


def is_complete(kept: Path, folder: Path) -> bool:
    index = Index.open(kept, folder)
    complete = index.complete()
    index.close()
    return complete


def measure(title: str, user: User, is_over: Callable[[], bool]) -> None:
    menus: list[float] = []
    floors: list[float] = []
    started = time.monotonic()
    while not is_over():
        for _ in range(BURST):
            user.types()
            menus.append(user.menu())
            floors.append(user.floor())
            time.sleep(KEY_SECONDS)
        resumes = time.monotonic() + 2 * PAUSE
        while time.monotonic() < resumes:
            menus.append(user.menu())
            floors.append(user.floor())
            time.sleep(KEY_SECONDS / 3)
    print(f"{title}: {len(menus)} menus in {time.monotonic() - started:.0f} s")
    middle, late = ((percentile(menus, part), percentile(floors, part)) for part in (0.5, 0.99))
    for name, (menu, floor) in (("p50", middle), ("p99", late)):
        print(f"  {name}  menu {1000 * menu:6.2f} ms  floor {1000 * floor:6.2f} ms  ratio {menu / floor:5.2f}")


def percentile(times: list[float], part: float) -> float:
    return statistics.quantiles(times, n=1000, method="inclusive")[int(part * 1000) - 1]


if __name__ == "__main__":
    main()
