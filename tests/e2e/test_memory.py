"""A day of typing must not make the server grow: plain pygls keeps two kilobytes of every keystroke."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from wire import Wire, connected

URI = "file:///project/a.py"
KEYSTROKES = 20_000
MIB = 2**20


def resident(wire: Wire) -> int:
    """The bytes of the server's memory that are in use."""
    status = Path(f"/proc/{wire.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


async def test_typing_leaves_memory_flat(tmp_path: Path) -> None:
    """20 000 `didChange` leave the process at most 2 MiB larger."""
    introduction = json.loads((Path(__file__).parents[1] / "data" / "clients" / "nvim.json").read_text())
    environ = {"GLM_LSP_STATE": str(tmp_path / "state"), "GLM_LSP_CONFIG": str(tmp_path / "config.toml")}
    async with connected([sys.executable, "-m", "glm_lsp"], introduction, environ=environ) as wire:
        item = {"uri": URI, "languageId": "python", "version": 0, "text": "def f():\n    return 1\n" * 500}
        wire.notify("textDocument/didOpen", {"textDocument": item})
        place = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
        menu = {"textDocument": {"uri": URI}, "range": place, "context": {"diagnostics": []}}
        version = 0

        async def type_(count: int) -> None:
            nonlocal version
            for _ in range(count):
                version += 1
                span = {"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 12}}
                change = {"range": span, "text": str(version % 10)}
                wire.notify(
                    "textDocument/didChange",
                    {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]},
                )
                if version % 500 == 0:
                    # The answer shows that everything before it has been taken in.
                    await wire.request("textDocument/codeAction", menu)

        # What is made once comes first: the settings, the change log, the menu.
        await wire.request("workspace/executeCommand", {"command": "glm.status", "arguments": [{}]})
        await type_(4_000)
        before = resident(wire)
        await type_(KEYSTROKES)
        assert resident(wire) - before <= 2 * MIB
