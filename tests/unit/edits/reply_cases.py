"""Reads the cases of `tests/data/replies` (its README.md describes their form)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.proposal import Region
from glm_lsp.edits.request import EditRequest
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument

FOLDER = Path(__file__).parents[2] / "data" / "replies"
ROOT = "file:///work"

_PART = re.compile(r"──── (\w+)(?: ([^\[].*?))?(?: \[(.*)\])?")
_ESCAPE = re.compile(r"\\u\{([0-9A-F]+)\}")


@dataclass
class Case:
    name: str
    title: str = ""
    settings: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    reply: str = ""
    after: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False
    refused: str = ""
    because: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    says: list[str] | None = None

    def setting(self, key: str, default: str = "") -> str:
        return self.settings.get(key, [default])[0]

    def request(self) -> EditRequest:
        """What the case asks."""
        region = None
        if where := self.setting("region"):
            path, _, span = where.rpartition(":")
            first, _, last = span.partition("-")
            region = Region(uri(path), int(first) - 1, int(last or first))
        documents = {uri(path): self._document(path, text) for path, text in self.before.items()}
        secrets = dict(entry.split(" = ", 1) for entry in self.settings.get("secret", []))
        unsent = {uri(path) for path in self.settings.get("not sent", [])}
        return EditRequest(
            documents=documents,
            region=region,
            reach=self.setting("reach", "region" if region else "workspace"),  # type: ignore[arg-type]  # from a file
            receipt=Receipt(tokens=secrets, files=frozenset(documents.keys() - unsent)),
            paths={uri(path): path for path in self.before},
            taken=frozenset(self.settings.get("taken", [])),
            folder=ROOT,
            asked=self.setting("asked", "region"),  # type: ignore[arg-type]  # from a file
            verify=self.setting("verify") != "no",
            finished=self.setting("finished") != "no",
            last=self.setting("last") == "yes",
        )

    def _document(self, path: str, text: str) -> OpenDocument:
        language = self.setting("language") or of_suffix(PurePosixPath(path).suffix)
        return OpenDocument(uri(path), language, 7, Text.of(text))


def uri(path: str) -> str:
    return f"{ROOT}/{path}"


def read(path: Path) -> Case:
    """The case in the file `path`."""
    case = Case(str(path.relative_to(FOLDER).with_suffix("")))
    flags: dict[str, set[str]] = {}
    parts: list[tuple[str, str, set[str], list[str]]] = []
    head: list[str] = []
    for line in path.read_bytes().decode().split("\n"):
        if found := _PART.fullmatch(line):
            parts.append((found[1], found[2] or "", set(filter(None, (found[3] or "").split(", "))), []))
        elif parts:
            parts[-1][3].append(line)
        else:
            head.append(line)
    case.title, *settings = [line for line in head if line]
    for line in settings:
        key, _, value = line.partition(": ")
        case.settings.setdefault(key, []).append(value)
    for number, (kind, what, given, lines) in enumerate(parts):
        if number == len(parts) - 1 and lines and not lines[-1]:
            lines = lines[:-1]
        if kind == "before":
            flags[what] = given
            case.before[what] = _text(lines, given)
        elif kind == "after":
            case.after[what] = _text(lines, given or flags.get(what, set()))
        elif kind == "reply":
            case.reply = _text(lines, given)
        elif kind == "gone":
            case.gone.append(what)
        elif kind == "moved":
            old, _, new = what.partition(" to ")
            case.moved[old] = new
        elif kind == "unchanged":
            case.unchanged = True
        elif kind == "refused":
            case.refused, case.because = what, [line for line in lines if line]
        elif kind == "asks":
            case.asks = [line for line in lines if line]
        elif kind == "says":
            case.says = [line for line in lines if line]
        else:
            raise AssertionError(f"{path}: no such part: {kind}")
    return case


def _text(lines: list[str], flags: set[str]) -> str:
    unknown = flags - {"crlf", "cr", "bom", "no newline", "escapes", "plain"}
    assert not unknown, unknown
    text = "".join(f"{line}\n" for line in lines)
    if "no newline" in flags:
        text = text.removesuffix("\n")
    if "crlf" in flags:
        text = text.replace("\n", "\r\n")
    if "cr" in flags:
        text = text.replace("\n", "\r")
    if "escapes" in flags:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return "\ufeff" * ("bom" in flags) + text


def all_cases() -> list[Case]:
    return [read(path) for path in sorted(FOLDER.rglob("*.txt"))]


def _is_one_piece(case: Case) -> bool:
    """One fence or one block, and nothing else that could be cut off unseen."""
    return (
        not case.refused
        and not case.unchanged
        and case.name.split("/")[0] in ("region", "search", "tags", "patch")
        and case.reply.count("SEARCH") <= 1
        and case.reply.count("<old_") <= 1
        and sum(line.lstrip().startswith(("```", "~~~")) for line in case.reply.split("\n")) <= 2
    )


CASES_FOR_FUZZ = [case for case in all_cases() if _is_one_piece(case)]
