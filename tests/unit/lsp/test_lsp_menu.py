"""Which actions are offered where: the files in `tests/data/menu` say it beside the code.

A line `# @ [lines N] [finding|findings] TRIGGER: ids` speaks of the line after it (and of the following ones, if it
selects N), and is no part of the text. TRIGGER is `invoked`, or `automatic`, which may go on with `-` and the setting
`actions.automatic`. Each menu is asked for before the file is parsed and after.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import pytest
from growth import growth
from lsprotocol import types
from lsprotocol.converters import get_converter

from glm_lsp.actions.catalogue import built_in
from glm_lsp.actions.signs import LONGEST as LONGEST_LINE
from glm_lsp.actions.signs import SCANNED, signs
from glm_lsp.lsp.client import Client
from glm_lsp.lsp.editor import Editor
from glm_lsp.lsp.explanations import Explanations
from glm_lsp.lsp.menu import LONGEST, code_actions
from glm_lsp.lsp.server import Server
from glm_lsp.lsp.session import Options, Session
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.syntax.span import LineSpan
from glm_lsp.syntax.tree import parse

DATA = Path(__file__).parents[2] / "data"
MARKER = re.compile(r"\s*(?://|#) @ (?:lines (\d+) )?(?:(findings?) )?(invoked|automatic)(?:-(\w+))?:(.*)\n")
URI = "file:///w/orders"


def begun() -> Session:
    """A session of VS Code, with nothing open."""
    introduction = json.loads((DATA / "clients" / "vscode.json").read_text())
    client = Client.of(get_converter().structure(introduction, types.InitializeParams))
    session = Server(Options(config=Path(os.devnull))).session
    session.built_in = built_in()
    editor = Editor(session.server, client)
    session.begin(editor, Explanations(editor), (), None)
    return session


SESSION = begun()


@dataclass(frozen=True)
class Marker:
    """What the menu holds at `line` of `file`, or on that and the following lines, `selected` in all."""

    file: str
    line: int
    selected: int
    findings: int
    trigger: str
    automatic: str
    ids: tuple[str, ...]

    @property
    def name(self) -> str:
        found = ("", "-finding", "-findings")[self.findings]
        return f"{self.file}-{self.line + 1}-{self.selected}{found}-{self.trigger}-{self.automatic}"


def read(path: Path) -> tuple[str, list[Marker]]:
    """The text without its markers, and these."""
    lines: list[str] = []
    markers: list[Marker] = []
    for line in path.read_text().splitlines(keepends=True):
        if (match := MARKER.fullmatch(line)) is None:
            lines.append(line)
            continue
        selected, found, trigger, automatic, ids = match.groups()
        count = {None: 0, "finding": 1, "findings": 2}[found]
        named = tuple(id.strip() for id in ids.split(",") if id.strip())
        markers.append(
            Marker(path.name, len(lines), int(selected or 0), count, trigger, automatic or "diagnostics", named)
        )
    return "".join(lines), markers


FILES = {path.name: read(path) for path in sorted((DATA / "menu").iterdir())}


def menu(
    text: str,
    language: str,
    line: int,
    *,
    selected: int = 0,
    findings: int = 0,
    automatic: bool = False,
    only: list[str] | None = None,
    settings: dict[str, Any] | None = None,
    parsed: bool = False,
) -> list[types.CodeAction | types.Command]:
    document = SESSION.documents.open(URI, language, 1, text)
    tree = parse(document.text, language) if parsed else None
    vars(SESSION.trees)["current"] = lambda document: tree
    SESSION.configure({"actions": settings or {}})
    column = len(document.lines[line]) - len(document.lines[line].lstrip(" \t"))
    start = types.Position(line, 0 if selected else column)
    span = types.Range(start, types.Position(line + selected, 0) if selected else start)
    diagnostics = [types.Diagnostic(span, f"finding {number}") for number in range(findings)]
    trigger = types.CodeActionTriggerKind.Automatic if automatic else types.CodeActionTriggerKind.Invoked
    context = types.CodeActionContext(diagnostics, only=only, trigger_kind=trigger)
    params = types.CodeActionParams(types.TextDocumentIdentifier(URI), span, context)
    return code_actions(SESSION, params)


def ids(items: list[types.CodeAction | types.Command]) -> tuple[str, ...]:
    found = []
    for item in items:
        command = item.command if isinstance(item, types.CodeAction) else item
        assert command is not None
        argument: Any = (command.arguments or [None])[0]
        found.append(str(argument["action"]))
    return tuple(found)


@pytest.mark.parametrize("parsed", [False, True], ids=["before-the-parse", "parsed"])
@pytest.mark.parametrize("marker", [one for _, markers in FILES.values() for one in markers], ids=lambda one: one.name)
def test_the_menu_is_what_the_file_says(marker: Marker, parsed: bool) -> None:
    items = menu(
        FILES[marker.file][0],
        of_suffix(Path(marker.file).suffix),
        marker.line,
        selected=marker.selected,
        findings=marker.findings,
        automatic=marker.trigger == "automatic",
        settings={"automatic": marker.automatic},
        parsed=parsed,
    )
    assert ids(items) == marker.ids


@pytest.mark.parametrize("name", FILES)
def test_no_menu_is_long_and_none_depends_on_the_parse(name: str) -> None:
    """Items that come and go while nothing is typed are pressed by mistake."""
    text, _ = FILES[name]
    language = of_suffix(Path(name).suffix)
    for line in range(text.count("\n")):
        first, then = (ids(menu(text, language, line, findings=1, parsed=parsed)) for parsed in (False, True))
        assert first == then, f"{name}:{line + 1}"
        assert len(first) <= LONGEST


EVERYTHING = """\
def all_of_it(a):
    # TODO: übersetzen
    x = open(a)
    y = "%s" % x
    for one in x:
        for other in y:
            if one:
                pass
            elif other:
                pass
"""


def test_eight_at_most_and_the_pinned_ones_among_them() -> None:
    assert len(ids(menu(EVERYTHING, "python", 3, findings=2))) == LONGEST
    pinned = ids(menu(EVERYTHING, "python", 3, findings=2, settings={"pinned": ["explain-comment", "optimise"]}))
    assert len(pinned) == LONGEST
    assert {"explain-comment", "optimise"} <= set(pinned)
    assert pinned[0] == "fix"


def test_what_nothing_calls_for_is_reached_by_its_kind() -> None:
    """A key bound to a kind works wherever the action can be used."""
    text = 'def f() -> None:\n    """Does it."""\n    go()\n'
    assert "modernise" not in ids(menu(text, "python", 2))
    assert ids(menu(text, "python", 2, only=["refactor.rewrite.glm.modernise"])) == ("modernise",)
    assert ids(menu(text, "python", 2, only=["glm.explain-comment"])) == ("explain-comment",)
    assert ids(menu(text, "python", 2, only=["quickfix"])) == ()
    assert ids(menu(text, "python", 2, only=["source.fixAll"], settings={"pinned": ["fix", "refactor"]})) == ()
    assert ids(menu(text, "python", 2, only=["refactor.extract"])) == ()
    assert ids(menu(text, "python", 2, selected=1, only=["refactor.extract"])) == ("extract",)


def test_what_a_language_cannot_have_is_not_offered() -> None:
    assert "types" not in ids(menu("func f(a int) {}\n", "go", 0, only=["refactor"]))
    assert "explain-comment" not in ids(menu("{}\n", "json", 0, only=["glm"]))
    assert "explain-comment" in ids(menu("a: 1\n", "yaml", 0, only=["glm"]))


def test_a_question_in_a_comment_is_told_from_an_order() -> None:
    """Both are offered, for a question mark proves nothing; the titles say which is which."""
    items = menu("# glm: why is this 3?\nRATE = 3\n", "python", 1)
    assert [item.title for item in items[:2]] == ["GLM: Ask: why is this 3?", "GLM: why is this 3?"]


class Counted(Sequence[str]):
    """Lines that count how many of them are read."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.read = 0

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        self.read += len(range(*at.indices(len(self._lines)))) if isinstance(at, slice) else 1
        return self._lines[at]


def test_the_lines_that_are_read_do_not_become_more_with_the_file() -> None:
    """The menu opens while the user types: 100 000 lines must cost what 1 000 cost."""
    for selected in (10, 90_000):
        lines = Counted(["x = 1  # not one letter to translate\n"] * 100_000)
        signs(lines, LineSpan(5, 5 + selected), "python")
        assert lines.read <= 2 * SCANNED


def test_a_line_of_a_million_characters_is_not_read_to_its_end() -> None:
    """Minified code must not freeze the editor."""
    line = "go();" * LONGEST_LINE + "// nach Übersee"
    assert "foreign" not in signs([line], LineSpan(0, 1), "javascript")
    assert "foreign" in signs([line[-15:]], LineSpan(0, 1), "javascript")


@pytest.mark.parametrize("selects", [False, True], ids=["cursor", "everything-selected"])
def test_the_menu_costs_no_more_in_a_large_file(selects: bool) -> None:
    """An editor asks for it at every move of the cursor."""

    def asked(size: int) -> types.CodeActionParams:
        uri = f"{URI}-{size}"
        SESSION.documents.open(uri, "python", 1, "def f(a):\n    # TODO\n    return a\n\n" * (size // 4))
        first, last = (0, size - 1) if selects else (size // 2, size // 2)
        span = types.Range(types.Position(first, 0), types.Position(last, 0))
        invoked = types.CodeActionTriggerKind.Invoked
        context = types.CodeActionContext([], trigger_kind=invoked)
        return types.CodeActionParams(types.TextDocumentIdentifier(uri), span, context)

    small, large = 10_000, 100_000
    params = {size: asked(size) for size in (small, large)}
    SESSION.configure({})
    assert growth(lambda size: code_actions(SESSION, params[size]), small, large) < 3
