"""A suggestion is offered as long as its lines are what they were, however much is typed elsewhere."""

from __future__ import annotations

import asyncio
from typing import Any

from growth import ratio

from glm_lsp.ask import Suggestion
from glm_lsp.lsp.suggestions import INTERVAL, Suggestions, result
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range
from glm_lsp.workspace.documents import LOG_LENGTH, Document, Documents

URI = "file:///a.py"
ALL = LineSpan(0, 1_000_000)


def kept(text: str = "a\nb\nc\nd") -> tuple[Suggestions, Documents, Document]:
    """Suggestions for the second and the last line."""
    documents = Documents()
    document = documents.open(URI, "python", 1, text)
    suggestions = Suggestions(documents)
    items = [Suggestion(f"T{first}", "W", f"I{first}", LineSpan(first, first + 1)) for first in (1, 3)]
    suggestions.keep(document.frozen(), items)
    return suggestions, documents, document


def change(document: Document, line: int, new: str) -> None:
    document.change(document.version + 1, Range(Point(line, 0), Point(line, 0)), new)


def places(suggestions: Suggestions, lines: LineSpan = ALL) -> dict[str, Any]:
    return {title: argument["range"].start.line for title, argument in suggestions.at(URI, lines, "utf-16")}


def test_they_are_at_their_lines_only() -> None:
    suggestions, _, document = kept()
    assert places(suggestions) == {"T1": 1, "T3": 3}
    assert places(suggestions, LineSpan(1, 3)) == {"T1": 1}
    change(document, 0, "new\n")
    ((_, argument),) = suggestions.at(URI, LineSpan(4, 5), "utf-16")
    assert argument == {
        "action": "edit",
        "uri": URI,
        "range": argument["range"],
        "version": 2,
        "instruction": "I3",
    }
    assert (argument["range"].start.line, argument["range"].end.line, argument["range"].end.character) == (4, 4, 1)


def test_one_whose_lines_change_is_let_go_and_stays_away() -> None:
    suggestions, _, document = kept()
    change(document, 1, "x")
    assert places(suggestions) == {"T3": 3}
    document.change(document.version + 1, Range(Point(1, 0), Point(1, 1)), "")
    assert places(suggestions) == {"T3": 3}


async def test_more_changes_than_the_log_holds_do_not_lose_them() -> None:
    suggestions, _, document = kept()
    for _ in range(3):
        for _ in range(LOG_LENGTH // 2):
            change(document, 0, "x\n")
            suggestions.touched(URI)
        await asyncio.sleep(INTERVAL)  # the timer that was set before is due before this one
    assert places(suggestions) == {"T1": 1 + 3 * LOG_LENGTH // 2, "T3": 3 + 3 * LOG_LENGTH // 2}


def test_a_closed_document_has_none() -> None:
    suggestions, documents, document = kept()
    frozen = document.frozen()
    documents.close(URI)
    suggestions.forget(URI)
    assert URI not in suggestions
    assert places(suggestions) == {}
    waiting = suggestions.keep(frozen, [Suggestion("T", "W", "I", LineSpan(0, 1))])
    assert len(result(waiting, "utf-16")) == 1, "who asked gets them all the same"
    assert URI not in suggestions


def test_a_large_text_that_comes_whole_costs_little_more_with_suggestions() -> None:
    """A client may send all of it at each keystroke: six comparisons at each would hold up all else."""
    suggestions, documents, _ = kept()
    lines = [f"def f{number}():\n" if number % 4 else "\n" for number in range(40_000)]
    document = documents.open(URI, "python", 1, "".join(lines))
    at = range(20_001, 20_007)
    items = [Suggestion(f"T{first}", "W", f"I{first}", LineSpan(first, first + 1)) for first in at]

    def typed() -> None:
        lines[10] = f"{document.version}\n"
        document.change(document.version + 1, None, "".join(lines))
        assert document.text

    def followed() -> None:
        typed()
        assert len(places(suggestions)) == len(items)

    suggestions.keep(document.frozen(), items)
    assert ratio(followed, typed) < 4
