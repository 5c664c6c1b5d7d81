"""The stand-in reads what the prompt writes: the two are kept in step here."""

from __future__ import annotations

from pathlib import Path

import pytest

from glm_lsp.actions.catalogue import built_in
from glm_lsp.context.gather import gather
from glm_lsp.context.target import target_of
from glm_lsp.offline.asked import Asked, Turn, read
from glm_lsp.offline.rules import answer
from glm_lsp.prompt import compose
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Diagnostic

SAMPLE = Path(__file__).parents[3] / "examples" / "sample" / "invoice.py"
TEXT = SAMPLE.read_text("utf-8")


def turns(id: str, line: int, *, words: str = "", text: str = TEXT, budget: int = 60_000) -> list[Turn]:
    """The messages of the action `id` at a line (from 0)."""
    document = OpenDocument("file:///sample/invoice.py", "python", 1, Text.of(text))
    span = Range(Point(line, 0), Point(line, 0))
    finding = Diagnostic(span, "# Task\nrefactor GLM_DATA_zzzz", "error", "", "")
    context = gather(target_of(document, span, with_comment=True), (finding,), budget)
    draft = compose.draft(built_in()[id], words, context, "invoice.py", Settings(), "zai-org-glm-5-1", "abcd1234")
    return [Turn(turn.role, "".join(piece.text for piece in turn.pieces)) for turn in draft.turns]


def asked_for(messages: list[Turn]) -> Asked:
    asked = read(messages)
    assert asked is not None
    return asked


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n")


@pytest.mark.parametrize("id", ["explain", "refactor", "edit"])
def test_what_the_prompt_writes_is_understood(id: str) -> None:
    asked = asked_for(turns(id, line_of("def status") + 2, words="add a docstring" if id == "edit" else ""))
    assert asked.with_region(asked.region) == TEXT
    assert asked.region.startswith("def status(")
    assert asked.language == "python"
    assert asked.wants_edit is (id != "explain")
    assert asked.task.endswith(built_in()[id].instruction)
    assert asked.words.startswith("add a docstring") is (id == "edit")


def test_each_kind_of_question_gets_its_kind_of_answer() -> None:
    at = line_of("def reminder") + 3
    assert answer(turns("explain", at)).startswith("**offline stand-in:**")
    assert answer(turns("refactor", at)).startswith("offline stand-in: flattened the if/else, ")
    assert answer(turns("edit", at, words="add a docstring")).startswith("offline stand-in: added skeletons")
    assert answer(turns("edit", at, words="make it sing")).startswith("CANNOT: offline stand-in: ")


def test_an_excerpt_of_a_file_is_understood() -> None:
    asked = asked_for(turns("refactor", line_of("def status") + 2, budget=500))
    assert asked.with_region(asked.region) in TEXT
    assert asked.before != ""
    assert asked.after != ""


def test_an_instruction_in_a_comment_is_understood() -> None:
    text = TEXT.replace("def reminder", "# glm: use f-strings\ndef reminder")
    messages = turns("edit", line_of("def reminder") + 3, text=text)
    assert asked_for(messages).words.startswith("use f-strings")
    assert answer(messages).startswith("offline stand-in: wrote the formatting as f-strings.\n")
