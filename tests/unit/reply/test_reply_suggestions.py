"""Suggestions are read in whatever form they come, and what is none of them is not made one."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.reply.suggestions import Suggested, suggested

ONE = {"title": "Name it", "why": "It is nameless.", "quote": "x = 1\n", "instruction": "Give it a name."}
TWO = {**ONE, "title": "Drop it", "instruction": "Remove it."}
READ = Suggested("Name it", "It is nameless.", "x = 1\n", "Give it a name.")
READ_TWO = Suggested("Drop it", "It is nameless.", "x = 1\n", "Remove it.")


def listed(*found: object) -> str:
    return json.dumps({"suggestions": found})


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("", [listed(ONE, TWO)]),
        ("Here they are:", [listed(ONE, TWO)]),
        (listed(ONE, TWO), []),
        (f"Here they are:\n\n```json\n{listed(ONE, TWO)}\n```\nGood luck!", []),
        (json.dumps([ONE, TWO]), []),
        (f"{json.dumps(ONE)}\n{json.dumps(TWO)}", []),
        ("", [json.dumps(ONE), json.dumps(TWO)]),
        (listed(ONE, TWO)[:-2], []),
        (listed(ONE, TWO, ONE)[:-40], []),
        (listed({**ONE, "quote": ["x = 1", ""]}, TWO), []),
        (listed(ONE, {"title": "No instruction"}, "no object", {**ONE, "title": 7}, TWO), []),
    ],
    ids=[
        "function call",
        "function call and words",
        "bare JSON",
        "fenced JSON",
        "list",
        "objects",
        "two calls",
        "not closed",
        "cut in the third",
        "lines as a list",
        "some unusable",
    ],
)
def test_both_are_found(text: str, calls: list[str]) -> None:
    assert suggested(text, calls) == (READ, READ_TWO)


def test_a_plain_list_is_understood() -> None:
    text = """I would do this:

1. **Extract the loop** — it stands there twice.
   Call it `drain`.
2. Use a set: membership tests get fast
- Rename
* Return early. Less nesting.
```
3. Not an item
```
"""
    found = suggested(text)
    assert found is not None
    assert [one.title for one in found] == ["Extract the loop", "Use a set", "Return early"]
    assert found[0].why == "it stands there twice. Call it `drain`"
    assert found[0].instruction == "Extract the loop — it stands there twice. Call it `drain`."
    assert all(one.quote == "" for one in found)


def test_none_to_make_is_something_else_than_none_found() -> None:
    assert suggested(listed()) == ()
    assert suggested("", [listed()]) == ()
    assert suggested("I like this code.") is None
    assert suggested('{"answer": 42} [1, 2]') is None
    assert suggested("") is None


@settings(max_examples=examples(60))
@given(st.text(alphabet='{}[]":,\\ab\n -*1.', max_size=400))
def test_it_reads_anything(text: str) -> None:
    suggested(text, [text])


@pytest.mark.parametrize("text", ["[" * 100_000, '{"title":' * 20_000, "{" * 60_000 + "}" * 60_000])
def test_a_reply_that_loops_takes_no_time(text: str) -> None:
    begun = time.process_time()
    suggested(text)
    assert time.process_time() - begun < 2
