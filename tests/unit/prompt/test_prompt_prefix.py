"""What the prompts of two questions in a row share from the start. If these fail, a provider that keeps prompts reads
the same file again for each question, and the user waits and pays for it. `scripts/bench prefix` measures more files.

A file of fewer lines has a shorter prompt, of which the action's own text is more: from 150 lines on at least 85 % are
shared, in the shortest files still three quarters.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from glm_lsp.actions.action import Action
from glm_lsp.actions.catalogue import built_in
from glm_lsp.context.gather import gather
from glm_lsp.context.target import target_for
from glm_lsp.index import build, store
from glm_lsp.prompt import compose
from glm_lsp.settings import Settings
from glm_lsp.syntax.definitions import Definition, outline
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument, tree_of
from glm_lsp.workspace.paths import uri_of
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

PACKAGE = Path(compose.__file__).parent.parent
ROOMS = ("context", "prompt", "syntax")
LONG, SHORT = 150, 60
"""Lines."""
FILES = 2
"""Of each length."""
TOGETHER = 16
"""Actions, at least, that work on a function."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of this project's own sources, indexed."""
    folder = tmp_path_factory.mktemp("prefix") / "project"
    for room in ROOMS:
        shutil.copytree(PACKAGE / room, folder / "glm_lsp" / room, ignore=shutil.ignore_patterns("__pycache__"))
    build.build(store.database(folder.parent / "state", folder), folder)
    return folder


def documents(folder: Path, least: int, most: int) -> list[OpenDocument]:
    """Files that long which have two functions."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        document = OpenDocument(uri_of(path), "python", 1, Text.of(path.read_text("utf-8")))
        if least <= len(document.text.lines) <= most and len(functions(document)) > 1:
            found.append(document)
    return found[:: len(found) // FILES][:FILES]


def functions(document: OpenDocument) -> list[Definition]:
    tree = tree_of(document)
    assert tree is not None
    return [one for one in outline(tree) if one.kind == "function" and one.last - one.line > 4]


def asked(folder: Path, document: OpenDocument, action: Action, function: Definition) -> tuple[LineSpan, str]:
    """The region, and the question about `function` as one text."""
    start, end = Point(function.line + 1, 0), Point(function.line + 2, 0)
    span = Range(start, end if action.needs_selection else start)
    findings = (Diagnostic(Range(start, end), "This can be None."),) if action.needs_diagnostics else ()
    words = "Make it shorter." if action.needs_instruction else ""
    snapshot = Snapshot({document.uri: document}, (folder,), Settings())
    target = target_for(action, document, span, findings, with_comment=False)
    context = gather(target, findings, 60_000, snapshot, folder.parent / "state")
    draft = compose.draft(action, words, context, document.uri.rpartition("/")[2], Settings(), "glm", "0a1b2c3d")
    return target.lines, "".join(piece.text for turn in draft.turns for piece in turn.pieces)


def shares(folder: Path, document: OpenDocument) -> dict[tuple[str, str], float]:
    """For any two actions that have the same region where a function is: the part of the longer prompt that is the same
    from the start."""
    function = functions(document)[0]
    questions = {action.id: asked(folder, document, action, function) for action in built_in().values()}
    found = {}
    for one, other in itertools.combinations(questions, 2):
        (lines, left), (others, right) = questions[one], questions[other]
        if lines == others:
            found[one, other] = same(left, right) / max(len(left), len(right))
    return found


def same(one: str, other: str) -> int:
    """Characters that both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


@pytest.mark.parametrize(("least", "most", "goal"), [(LONG, 1_000, 0.85), (1, SHORT, 0.75)])
def test_two_actions_on_one_region_share_most_of_the_prompt(folder: Path, least: int, most: int, goal: float) -> None:
    chosen = documents(folder, least, most)
    assert len(chosen) == FILES
    for document in chosen:
        found = shares(folder, document)
        assert len(found) >= TOGETHER * (TOGETHER - 1) // 2
        assert {pair: share for pair, share in found.items() if share < goal} == {}


def test_another_region_of_the_file_shares_all_before_the_file(folder: Path) -> None:
    action = built_in()["refactor"]
    before = []
    for document in documents(folder, LONG, 1_000):
        first, *_, last = functions(document)
        (_, one), (_, other) = (asked(folder, document, action, function) for function in (first, last))
        text = "".join(document.text.lines[: min(first.first, last.first)])
        before.append(one[: one.index(text)])
        # …and the text of the file as far as the first region.
        assert same(one, other) >= one.index(text) + len(text)
    assert any("begin names in files around" in text for text in before)
