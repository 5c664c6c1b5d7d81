"""Prompts are the product. Each action's is kept as a page in `tests/data/prompts`, to be read and judged; and what
must hold of every prompt is checked of each."""

from __future__ import annotations

import re

import pytest
from action_cases import CASES, NONCE, PROMPTS, Case, shown

from glm_lsp.actions.catalogue import built_in
from glm_lsp.context.gather import Context, gather
from glm_lsp.context.target import target_for
from glm_lsp.context.tokens import estimate
from glm_lsp.prompt import compose
from glm_lsp.prompt.draft import Draft
from glm_lsp.settings import Settings
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Diagnostic, Severity

CATALOGUE = built_in()
LONGEST_PROMPT = 260
"""Tokens an action's own text may have: what is longer is not followed to its end."""
LONGEST_TASK = 480
"""Tokens of all that follows the heading of the task, the user's words aside."""
LONGEST_SYSTEM = 600
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "information", "hint")


def point(position: dict[str, int]) -> Point:
    return Point(position["line"], position["character"])


def context_of(case: Case) -> Context:
    document = OpenDocument(f"file:///w/{case.file}", case.language, 1, Text.of(case.before))
    found = tuple(
        Diagnostic(
            Range(point(one["range"]["start"]), point(one["range"]["end"])),
            one["message"],
            SEVERITIES[one["severity"] - 1],
            one["source"],
            str(one["code"]),
        )
        for one in case.diagnostics
    )
    span = Range(Point(case.lines[0], 0), Point(case.lines[1], 0))
    return gather(target_for(CATALOGUE[case.id], document, span, found, with_comment=False), found, 50_000)


def draft_of(case: Case) -> Draft:
    words = case.ask.get("instruction", "")
    action = CATALOGUE[case.id]
    return compose.draft(action, words, context_of(case), case.file, Settings(), "glm", NONCE, locale="en")


def text(draft: Draft, turn: int) -> str:
    return "".join(piece.text for piece in draft.turns[turn].pieces)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_prompt_is_the_one_that_was_read_and_approved(case: Case) -> None:
    draft = draft_of(case)
    messages = [{"content": text(draft, 0)}, {"content": text(draft, 1)}]
    case.check_prompt(shown(messages, {"temperature": draft.temperature, "max_tokens": draft.max_tokens}))


def test_every_action_has_a_case_in_each_language_and_every_page_a_case() -> None:
    """`suggest` has its own tests: its answer is none of an edit's or an explanation's forms."""
    expected = {(language, id) for language in ("python", "typescript") for id in CATALOGUE if id != "suggest"}
    assert {(case.language, case.id) for case in CASES} == expected
    assert {(page.parent.name, page.stem) for page in PROMPTS.glob("*/*.md")} == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_region_stands_whole_and_once_between_its_marks(case: Case) -> None:
    """Else the model rewrites what it has not seen, or the wrong copy."""
    sent, context = text(draft_of(case), 1), context_of(case)
    lines = case.before.splitlines(keepends=True)
    region = "".join(lines[context.target.lines.first : context.target.lines.last])
    start, end = f"<<<GLM_REGION_START_{NONCE}>>>\n", f"<<<GLM_REGION_END_{NONCE}>>>\n"
    assert (sent.count(start), sent.count(end)) == (1, 1)
    before, rest = sent.split(start)
    shown_region, after = rest.split(end)
    assert shown_region == region
    assert region not in before + after
    file = before.partition("===\n")[2] + shown_region + after.partition("===")[0]
    assert file == case.before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_user_says_comes_last_and_the_action_right_before_it(case: Case) -> None:
    """What comes last is followed best; and two actions on one region share all that comes before."""
    action, sent = CATALOGUE[case.id], text(draft_of(case), 1)
    words = case.ask.get("instruction", "")
    wanted = f"{action.instruction}\n" + (f"\nThe user's instruction:\n\n{words}\n" if words else "")
    assert sent.endswith(wanted)
    assert sent.index("# Task") < len(sent) - len(wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_line_is_numbered(case: Case) -> None:
    """GLM 5.1 edits wrong lines where it is given numbers, and copies them into the code."""
    sent = text(draft_of(case), 1).replace(case.before, "")
    assert not re.search(r"^\s*\d+\s*[|:→]", sent, re.MULTILINE)
    assert not re.search(r"\blines? \d|:\d+:\d+|\bL\d+\b", sent)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_task_is_short(case: Case) -> None:
    words = case.ask.get("instruction", "")
    task = text(draft_of(case), 1).partition("# Task")[2].removesuffix(f"{words}\n")
    assert estimate(CATALOGUE[case.id].instruction) <= LONGEST_PROMPT
    assert estimate(task) <= LONGEST_TASK
    assert estimate(text(draft_of(case), 0)) <= LONGEST_SYSTEM


@pytest.mark.parametrize("action", CATALOGUE.values(), ids=lambda action: action.id)
def test_every_edit_may_be_declined_and_no_explanation_is(action: object) -> None:
    """Without a way to say no, the model makes something up; an explanation that says no explains nothing."""
    from glm_lsp.actions.action import Action

    assert isinstance(action, Action)
    assert ("CANNOT:" in action.instruction) is (action.mode == "edit")


def test_the_form_of_the_answer_is_that_of_the_reach() -> None:
    for case in CASES:
        action = CATALOGUE[case.id]
        form = text(draft_of(case), 1).partition("# Task\n\n")[2].removesuffix(f"{action.instruction}\n")
        forms = {
            "region": form.startswith("Give the edit as a region, "),
            "imports": "import statements" in form,
            "blocks": form.startswith("Give the edit as blocks of this form, "),
            "one file": f"only the file `{case.file}`" in form,
        }
        wanted = {
            "region": action.mode == "edit" and not action.in_blocks,
            "imports": action.mode == "edit" and action.reach == "region+imports",
            "blocks": action.in_blocks,
            "one file": action.reach == "file",
        }
        assert forms == wanted, case.name
