"""Reading an action file: what a project's author would lose is the reason why his action does not appear."""

from __future__ import annotations

from importlib.resources import files

import pytest

from glm_lsp.actions.action import KINDS, parse
from glm_lsp.actions.catalogue import ORDER, built_in
from glm_lsp.errors import BadInput

WHOLE = """---
title: Add logging
kind: refactor.rewrite.glm.logging
mode: edit
scope: function
reach: region+imports
languages: [python, go]
---
Log what matters.
"""


def test_a_whole_file() -> None:
    action = parse("logging", WHOLE, "x.md")
    assert (action.title, action.kind, action.reach) == (
        "Add logging",
        "refactor.rewrite.glm.logging",
        "region+imports",
    )
    assert action.languages == ("python", "go")
    assert action.instruction == "Log what matters."


def test_the_least_that_is_an_action() -> None:
    action = parse("tidy-up", "---\n---\nTidy up.\n", "x.md")
    assert (action.title, action.kind, action.mode) == ("Tidy up", "refactor.rewrite.glm.tidy-up", "edit")
    assert parse("why", "---\nmode: explain\n---\nWhy?", "x.md").kind == "glm.why"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Tidy up.", "x.md:1: an action file begins with"),
        ("---\ntitle: x\n", "x.md:1: the front matter has no closing"),
        ("---\ntitle\n---\nx", "x.md:2: expected `name: value`"),
        ("---\ncolour: red\n---\nx", "x.md:2: unknown field `colour`"),
        ("---\nmode: chat\n---\nx", "x.md:2: `mode` must be one of edit, explain"),
        ("---\nneeds: luck\n---\nx", "x.md:2: `needs` must be some of instruction, selection, diagnostics"),
        ("---\nreach: everywhere\n---\nx", "x.md:2: `reach` must be one of"),
        ("---\ncontext: all\n---\nx", "x.md:2: `context` must be one of usual, tests"),
        ("---\nkind: source.fixAll\n---\nx", "x.md:2: `kind` must begin with one of"),
        ("---\nkind: refactor.rewrite.glmx\n---\nx", "x.md:2: `kind` must begin with one of"),
        ("---\n---\n\n", "x.md:2: the action has no instruction"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse("x", text, "x.md")
    assert says in str(raised.value)


def test_every_prompt_file_is_in_the_menu_s_order() -> None:
    folder = files("glm_lsp.actions").joinpath("prompts")
    assert {entry.name.removesuffix(".md") for entry in folder.iterdir()} == set(ORDER)


def test_no_built_in_kind_runs_on_save() -> None:
    for action in built_in().values():
        assert any(action.kind == root or action.kind.startswith(root + ".") for root in KINDS)


def test_what_goes_along_with_an_action() -> None:
    assert [action.id for action in built_in().values() if action.context == "tests"] == ["tests"]
    assert parse("x", "---\ncontext: tests\n---\nx", "x.md").context == "tests"


def test_what_an_action_needs() -> None:
    assert parse("x", "---\nneeds: instruction, selection\n---\nx", "x.md").needs == {"instruction", "selection"}
    assert parse("x", "---\nscope: diagnostic\n---\nx", "x.md").needs_diagnostics


@pytest.mark.parametrize(
    ("front", "delivery", "writes"),
    [
        ("mode: edit", "document", True),
        ("mode: explain", "document", False),
        ("mode: explain", "comment", True),
        ("mode: explain\ndelivery: comment", "document", True),
        ("mode: suggest", "comment", False),
    ],
)
def test_what_is_written_into_the_file_is_known_beforehand(front: str, delivery: str, writes: bool) -> None:
    """What is written supersedes earlier edits, is cancelled with its document, and passes the guards of an edit."""
    assert parse("x", f"---\n{front}\n---\nx", "x.md").writes(delivery) is writes
