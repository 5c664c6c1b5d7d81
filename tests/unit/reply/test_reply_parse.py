"""A reply of any shape is read without an error; what it says is one form for all formats."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.reply.blocks import Block
from glm_lsp.reply.parse import parse

LINES = st.sampled_from(
    [
        *("```", "````py", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "------- SEARCH", "*** Begin Patch", "@@"),
        *("*** End Patch", "*** Update File: a", "*** Add File: b", "*** Delete File: c", "*** Move to: d", "@@ -1 @@"),
        *(
            "@@ -1,2 +1 @@ x",
            "--- a/a",
            "+++ b/a",
            "diff --git a/a b/a",
            "rename to b",
            "+x",
            "-x",
            " x",
            "x",
            "",
            "\t",
        ),
        *("<old_text>", "</old_text>", "<new_text>", "</new_text>", "<old_text>x</old_text>", "<think>", "</think>"),
        *("CANNOT: x", "CANNOT", "\\ No newline", "*** End of File", "new file mode 1", "deleted file mode 1"),
        *("Binary files", "--- /dev/null", "+++ /dev/null"),
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(LINES, max_size=14).map("\n".join)))
@settings(max_examples=examples(250), deadline=None)
def test_parsing_never_raises(reply: str) -> None:
    """A strange reply must end in a sentence for the user, not in a crash of the job."""
    said = parse(reply)
    assert said.form in ("blocks", "patch", "diff", "tags", "fences", "prose")
    assert not said.cut or said.problem


@given(st.lists(LINES, max_size=14))
@settings(max_examples=examples(200), deadline=None)
def test_line_ends_of_the_reply_do_not_matter(lines: list[str]) -> None:
    assert parse("\r\n".join(lines)) == parse("\n".join(lines))


def test_all_formats_are_one_form() -> None:
    """The rest of the program must not know which format a change came in."""
    wanted = (("old",), ("new",))
    replies = [
        "a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n",
        "*** Begin Patch\n*** Update File: a.py\n@@\n-old\n+new\n*** End Patch\n",
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ ... @@\n-old\n+new\n```\n",
        "a.py\n<old_text>\nold\n</old_text>\n<new_text>\nnew\n</new_text>\n",
    ]
    for reply in replies:
        (block,) = parse(reply).blocks
        assert ((block.old, block.new), block.names[0], block.kind) == (wanted, "a.py", "replace")


@pytest.mark.parametrize(
    ("mark", "line"), [("[line=12]", 11), ("line: 3", 2), ("(line = 7)", 6), ("start_line: 4", 3), ("", None)]
)
def test_line_hints(mark: str, line: int | None) -> None:
    (block,) = parse(f"a.py\n<<<<<<< SEARCH {mark}\nx\n=======\ny\n>>>>>>> REPLACE\n").blocks
    assert block.line == line


def test_a_body_with_several_dividers_keeps_every_way_to_part_it() -> None:
    (block,) = parse("a\n<<<<<<< SEARCH\nx\n=======\ny\n=======\nz\n>>>>>>> REPLACE\n").blocks
    assert block.splits == ((("x",), ("y", "=======", "z")), (("x", "=======", "y"), ("z",)))


def test_a_diff_keeps_numbers_and_section_as_hints() -> None:
    (block,) = parse("```diff\n--- a/a\n+++ b/a\n@@ -10,2 +10,2 @@ def f():\n-x\n+y\n```").blocks
    assert block == Block("replace", ("a",), ("x",), ("y",), line=9, counted=True, anchors=("def f():",), row=3)


def test_the_reason_of_a_no_is_kept() -> None:
    assert parse("**CANNOT:** it is generated code\n").cannot == "it is generated code"


@pytest.mark.parametrize(
    "reply",
    [
        "<<<<<<< SEARCH\n" + "=======\n" * 40_000,
        "<<<<<<< SEARCH\n" + "=======\n" * 40_000 + ">>>>>>> REPLACE\n",
        "```\n" * 40_001,
        "```diff\n@@\n-x\n" + "\n" * 40_000 + "-y\n```\n",
        "<<<<<<< SEARCH a" + " " * 200_000 + "b\nx\n=======\n>>>>>>> REPLACE\n",
        "```a" + " " * 200_000 + "b\nx\n```\n",
        "*** Update File: a" + " " * 200_000 + "b\n@@ x" + " " * 200_000 + "b\n-x\n",
        "--- a" + " " * 200_000 + "b\n+++ c" + " " * 200_000 + "d\n@@\n-x\n",
        "</think>\n" * 20_000,
        "<old_text>x</old_text><new_text>" * 5_000,
        "CANNOT" + " " * 200_000 + "x",
    ],
    ids=range(11),
)
def test_a_hostile_reply_is_read_in_linear_time(reply: str) -> None:
    """Each of these took minutes in a parser that goes back over what it read."""
    parse(reply)
