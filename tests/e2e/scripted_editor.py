"""An editor at the other end of the wire: its documents, and the few things every test does with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from wire import Texts, Wire

CLIENTS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "data" / "clients").glob("*.json"))
}
"""What real editors send as the params of `initialize`."""


class Editor:
    """A wire, the documents behind it, and the few things every test does with them."""

    def __init__(self, wire: Wire, folder: Path, state: Path) -> None:
        self.wire = wire
        self.folder = folder
        self.state = state
        self.texts = Texts(wire)

    def open(self, name: str, text: str, language: str = "python", version: int = 1) -> str:
        """Opens a document below the workspace folder; its URI."""
        uri = (self.folder / name).as_uri()
        self.texts.open(uri, text, language, version)
        return uri

    async def actions(self, uri: str, line: int, last: int | None = None, **context: Any) -> list[dict[str, Any]]:
        """The menu at `line` (from 0), or on the lines up to `last` (not included)."""
        found = await self.wire.request(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": span(line, last), "context": {"diagnostics": [], **context}},
        )
        return list(found)

    async def pick(self, title: str, uri: str, line: int, last: int | None = None) -> str:
        """Picks `title` from the menu; the job's id."""
        item = next(item for item in await self.actions(uri, line, last) if item["title"] == title)
        command = item if isinstance(item["command"], str) else item["command"]
        answer = await self.command(command["command"], *command["arguments"])
        return str(answer["job"])

    async def run(self, action: str, uri: str, line: int, **argument: Any) -> str:
        """`glm.run`; the job's id."""
        answer = await self.command("glm.run", {"action": action, "uri": uri, "range": span(line), **argument})
        return str(answer["job"])

    async def command(self, name: str, *arguments: Any) -> Any:
        return await self.wire.request("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    async def ended(self, job: str) -> dict[str, Any]:
        """Waits until the job has ended, as this client is told of it, and gives the job."""
        await self.wire.expect(
            "$/progress", lambda params: params["token"] == f"glm-job-{job}" and params["value"]["kind"] == "end"
        )
        (view,) = await self.command("glm.jobs", {"job": job})
        return dict(view)

    def type(self, uri: str, place: dict[str, Any], new: str) -> None:
        """The user types `new` in the place of what stands there, and the editor tells of it by the place, as they
        do."""
        self.texts.type(uri, place, new)

    def apply_then_type(self, uri: str, typed: Callable[[str], str]) -> None:
        """The next edit is applied, the user types at once, and the editor tells of both in one change."""

        def apply(params: Any) -> Any:
            buffer = Texts.__new__(Texts)
            buffer.__dict__.update(self.texts.__dict__ | {"_open": dict(self.texts._open), "_wire": _Silent()})
            answer = buffer.apply(params)
            self.texts.change(uri, typed(buffer[uri]))
            self.wire.answer("workspace/applyEdit", self.texts.apply)
            return answer

        self.wire.answer("workspace/applyEdit", apply)

    def told(self) -> list[str]:
        """What the person was told in messages."""
        return [message["params"]["message"] for message in self.wire.received("window/showMessage")]


class _Silent:
    """A wire on which nothing is sent."""

    def notify(self, method: str, params: Any) -> None:
        pass


def span(line: int, last: int | None = None) -> dict[str, Any]:
    """The cursor at the start of `line`, or the lines up to `last` (not included)."""
    end = line if last is None else last
    return {"start": {"line": line, "character": 0}, "end": {"line": end, "character": 0}}


def merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


Start = Callable[..., AbstractAsyncContextManager[Editor]]
