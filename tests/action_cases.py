"""The cases of `tests/data/actions`: for each action a text, what the user asks, a reply, and what comes of it.

    LANGUAGE/ID/before.*   the text, as it is in the editor
                ask.json   {"from": …, "to"?: …, "instruction"?: …, "diagnostics"?: […], "path"?: …}
                reply.md   what the model says
                after.*    the text afterwards; without one the reply is an explanation
                new.*      a file the edit makes, at `path`

`from` and `to` are parts of the first and the last selected line; without `to` the cursor stands on that line. A
diagnostic is as in LSP, `at` the first place of a word in place of its range.

With REGENERATE=1 in the environment the tests write the prompts of `tests/data/prompts` anew instead of comparing them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent / "data" / "actions"
PROMPTS = Path(__file__).parent / "data" / "prompts"
SUFFIXES = {"python": "py", "typescript": "ts"}
NONCE = "0a1b2c3d"


@dataclass(frozen=True)
class Case:
    language: str
    id: str

    @property
    def name(self) -> str:
        return f"{self.language}/{self.id}"

    @property
    def file(self) -> str:
        return f"shop.{SUFFIXES[self.language]}"

    @cached_property
    def ask(self) -> Mapping[str, Any]:
        return dict(json.loads(self._path("ask.json").read_text()))

    @cached_property
    def before(self) -> str:
        return self._text("before")

    @cached_property
    def after(self) -> str | None:
        return self._text("after") if self._path(f"after.{SUFFIXES[self.language]}").exists() else None

    @cached_property
    def new(self) -> str | None:
        return self._text("new") if "path" in self.ask else None

    @cached_property
    def reply(self) -> str:
        return self._path("reply.md").read_text()

    @cached_property
    def lines(self) -> tuple[int, int]:
        """The first line of the place and the one its end stands at the start of; the same for a cursor."""
        first = self._line(self.ask["from"])
        return (first, self._line(self.ask["to"]) + 1) if "to" in self.ask else (first, first)

    @cached_property
    def range(self) -> dict[str, Any]:
        first, last = self.lines
        return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}

    @cached_property
    def diagnostics(self) -> list[dict[str, Any]]:
        """As in LSP."""
        found = []
        for one in self.ask.get("diagnostics", ()):
            at = re.search(rf"\b{re.escape(one['at'])}\b", self.before)
            assert at is not None
            line = self.before.count("\n", 0, at.start())
            column = at.start() - (self.before.rfind("\n", 0, at.start()) + 1)
            span = {
                "start": {"line": line, "character": column},
                "end": {"line": line, "character": column + len(one["at"])},
            }
            found.append({**{key: value for key, value in one.items() if key != "at"}, "range": span})
        return found

    def check_prompt(self, sent: str) -> None:
        """`sent`, the question as the model gets it, is what was read and approved."""
        path = PROMPTS / self.language / f"{self.id}.md"
        if os.environ.get("REGENERATE") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sent)
        assert sent == path.read_text(), f"Read the difference; REGENERATE=1 takes it into {path}."

    def _line(self, part: str) -> int:
        return self.before.count("\n", 0, self.before.index(part))

    def _text(self, name: str) -> str:
        return self._path(f"{name}.{SUFFIXES[self.language]}").read_text()

    def _path(self, name: str) -> Path:
        return ROOT / self.language / self.id / name


CASES = tuple(
    Case(folder.parent.name, folder.name) for folder in sorted(ROOT.glob("*/*")) if (folder / "ask.json").exists()
)


def shown(messages: list[dict[str, Any]], parameters: Mapping[str, Any]) -> str:
    """A request as a page to read: its parameters, then the question. The system prompt is the same in all of them."""
    system, question = (str(message["content"]) for message in messages)
    nonce = re.search(r"GLM_DATA_(\w+) ", question)
    assert nonce is not None
    assert nonce[1] not in system
    head = "".join(f"{name}: {parameters[name]}\n" for name in ("temperature", "max_tokens"))
    return f"---\n{head}---\n{question.replace(nonce[1], NONCE)}"
