"""The answers: always named as the stand-in's, an edit always in one fence, and `CANNOT:` where rules do not reach."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.offline.asked import Turn, read
from glm_lsp.offline.rules import answer
from glm_lsp.reply.sentinels import region_end, region_start
from glm_lsp.text.lines import split

SAMPLE = Path(__file__).parents[3] / "examples" / "sample" / "invoice.py"
NONCE = "a1b2c3"
REFACTOR = "Improve this code by the one refactoring that helps. If not, answer `CANNOT: it is already clear`."
EXPLAIN = "Explain this code to a developer who has to change it tomorrow."
EDIT = "Change this code as the user's instruction says.\n\nThe user's instruction:\n\n"


def question(region: str, task: str, *, before: str = "", after: str = "", language: str = "python") -> str:
    """A user message as the prompt writes it."""
    return (
        f"=== GLM_DATA_{NONCE} begin file src/a (b).py ({language}) ===\n"
        f"{before}{region_start(NONCE)}\n{region}{region_end(NONCE)}\n{after}"
        f"=== GLM_DATA_{NONCE} end ===\n\n# Task\n\n{task}\n"
        + ("" if task == EXPLAIN else "\nAnswer between two lines of 4 backticks: `````python` before it.\n")
    )


def ask(region: str, task: str, **around: str) -> str:
    return answer([Turn("system", "CANNOT: and # Task"), Turn("user", question(region, task, **around))])


def new_region(reply: str) -> str:
    """What stands in the reply's one fence."""
    match = re.fullmatch(r"offline stand-in: [^\n]*\.\n\n(`{4,})\w*\n(.*)^\1\n", reply, re.DOTALL | re.MULTILINE)
    assert match is not None
    assert not re.search(rf"^{match[1]}", match[2], re.MULTILINE)
    assert "offline stand-in" not in match[2]
    return match[2]


def sample_function(name: str) -> tuple[str, str, str]:
    """The text of the sample before a function, of the function, and after it."""
    text = SAMPLE.read_text("utf-8")
    match = re.search(rf"^def {name}\(.*?\n(?=\n\n(?:def|class|if) )", text, re.DOTALL | re.MULTILINE)
    assert match is not None
    return text[: match.start()], match[0], text[match.end() :]


def test_the_sample_is_refactored() -> None:
    """What the demo shows."""
    before, region, after = sample_function("status")
    reply = ask(region, REFACTOR, before=before, after=after)
    assert reply.startswith("offline stand-in: flattened the if/else.\n\n````python\ndef status(")
    assert new_region(reply) == (
        "def status(invoice, today):\n"
        '    """In which of our five folders the invoice belongs today."""\n'
        "    if invoice.open() < 0:\n"
        '        return "overpaid"\n'
        "    elif invoice.open() == 0:\n"
        '        return "paid"\n'
        "    if today <= invoice.due():\n"
        '        return "open"\n'
        "    if today <= invoice.due() + datetime.timedelta(days=30):\n"
        '        return "late"\n'
        '    return "lawyer"\n'
    )


def test_the_sample_is_explained() -> None:
    before, region, after = sample_function("parse_item")
    assert ask(region, EXPLAIN, before=before, after=after) == (
        "**offline stand-in:** read from the shape of the code by rules; no model was asked, so not what it is for.\n"
        "\n"
        "`parse_item(text, line)` is a function of 13 lines.\n"
        "\n"
        "- It has no docstring.\n"
        "- Sets: `parts`, `part`, `found`, `quantity`, `price`, `rate`\n"
        "- Calls: `part.strip`, `text.split`, `len`, `InvoiceError`, `parse_amount`, `Item`\n"
        "- Raises: `InvoiceError`\n"
        "- Returns: `Item(parts[0], quantity, price, rate)`\n"
        "- Flow: 3 branches, 1 loop.\n"
    )


def test_an_explanation_names_what_is_there() -> None:
    region = (
        "class Reader(Base):\n"
        '    """Reads `x` lines."""\n'
        "    name: str = ''\n"
        "    def read(self): raise errors.Missing\n"
        "async def main(a: int, *rest, key=[], **more):\n"
        "    try:\n"
        "        async with open(a) as file: yield file\n"
        "    except (OSError, ValueError):\n"
        "        return\n"
        "LIMIT = compute()\n"
    )
    found = ask(region, EXPLAIN)
    for line in (
        "`Reader` is a class of 4 lines, based on `Base`.",
        "- Its docstring begins: ``Reads `x` lines.``",
        "- Fields: `name`",
        "- Raises: `errors.Missing`",
        "- Method `read(self)`, without a docstring",
        "`main(a, *rest, key, **more)` is an async generator function of 5 lines.",
        "- Parameters with a type: `a: int`",
        "- Default values: `[]`",
        "- Mind the default value that can be changed: all calls share it.",
        "- Catches: `(OSError, ValueError)`",
        "- Returns: `nothing`",
        "- Flow: 1 with block.",
        "1 statement outside functions and classes, 1 line.",
        "- Sets: `LIMIT`",
        "- Calls: `compute`",
    ):
        assert line in found.split("\n"), line


def test_code_that_is_not_python_is_explained_by_its_lines() -> None:
    found = ask("if (x) {\n\n  return x\n}\n", EXPLAIN, language="zig")
    assert "3 lines of zig that are not blank." in found
    assert "`if × 1`, `return × 1`" in found


def test_an_empty_line_is_not_what_stands_below_it() -> None:
    found = ask("\n", EXPLAIN, after="def below(): pass\n")
    assert "The region is empty." in found
    assert "below" not in found
    assert "below" not in ask("x = (\n", EXPLAIN, after="1)\ndef below(): pass\n")
    assert "- Defines: `half`" in ask("def half(\n", EXPLAIN, after="): pass\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Please add a docstring", '    """F.'),
        ("use f-strings here", '        return f"{a!s}"'),
        ("an early return instead of the else", "    return None"),
        ("compare using is None", "    if a is None:"),
        ("add a comment", "# f: to be described."),
        ("Simplify it", "    if a is None:"),
    ],
)
def test_an_instruction_in_words(words: str, line: str) -> None:
    region = 'def f(a):\n    if a == None:\n        return "%s" % (a,)\n    else:\n        return None\n'
    assert line in new_region(ask(region, EDIT + words)).split("\n")


@pytest.mark.parametrize(
    ("region", "task", "around"),
    [
        ("def f():\n    'Done.'\n", REFACTOR, {}),
        ("def f(): pass\n", EDIT + "make it async", {}),
        ("", REFACTOR, {}),
        ("\n", EDIT + "add a comment", {}),
        ("if x:\n    return 1\nelse:\n    return 2\n", REFACTOR, {"before": 'x = """\n', "after": '"""\n'}),
        ("if x:\n    return 1\nelse:\n    return 2\n", REFACTOR, {"before": 'x = ((\n"""\n', "after": '"""\n'}),
        ("    2\n", EDIT + "add a comment", {"before": "x = 1 + \\\n"}),
        ('{"a": 1}\n', REFACTOR, {"language": "json"}),
        ("plain words\n", REFACTOR, {"language": "markdown"}),
        ("words\n", REFACTOR, {"language": "yaml", "before": "a: |\n"}),
        ("words\n", REFACTOR, {"language": "zig", "before": "a = \\\n"}),
        ("<b>\n", REFACTOR, {"language": "javascript"}),
        ("words\n", REFACTOR, {"language": "javascript", "before": "x = `\n", "after": "`\n"}),
        ("words\n", REFACTOR, {"language": "perl", "before": "print <<E;\n", "after": "E\n"}),
        ("words\n", REFACTOR, {"language": "unheard-of"}),
        ("x = 1\n", REFACTOR, {"before": "#\n" * 200_000}),
        ("x = " + "-" * 2_000 + "1\n", REFACTOR, {}),
        ("def f():\n    return None == x\n", f"{REFACTOR} As blocks:\n<<<<<<< SEARCH\n=======\n", {}),
    ],
)
def test_where_rules_do_not_reach_it_says_so(region: str, task: str, around: dict[str, str]) -> None:
    """Anything else here could damage a text: a comment inside a string is no comment."""
    assert re.fullmatch(r"CANNOT: offline stand-in: [^\n]+\.\n", ask(region, task, **around))


@pytest.mark.parametrize(
    ("region", "language", "expected"),
    [
        ("func f() {\n}\n", "go", "// f: to be described.\nfunc f() {\n}\n"),
        ("\n  local x = 1\n", "lua", "\n  -- To be described: the next line.\n  local x = 1\n"),
        ("  a\n\n  b // class c\n", "zig", "  // To be described: the next 2 lines.\n  a\n\n  b // class c\n"),
        # Python that does not stand alone: the whole file says that a comment changes nothing.
        ("    else:\n        pass\n", "python", "    # To be described: the next 2 lines.\n    else:\n        pass\n"),
    ],
)
def test_other_code_gets_a_comment_in_its_own_style(region: str, language: str, expected: str) -> None:
    before = "def f():\n    if 1:\n        pass\n" if language == "python" else ""
    assert new_region(ask(region, REFACTOR, language=language, before=before)) == expected


def test_a_comment_is_added_once() -> None:
    region = "// To be described: the next line.\n"
    assert ask(region, REFACTOR, language="zig").startswith("CANNOT:")


def test_the_fence_is_longer_than_any_in_the_region() -> None:
    region = 'def f(a):\n    x = """\n`````\n"""\n    return "%s" % (a,)\n'
    assert ask(region, REFACTOR).endswith("\n``````\n")
    assert new_region(ask(region, REFACTOR)) == region.replace('"%s" % (a,)', 'f"{a!s}"')


def test_a_request_without_a_region_gets_a_sentence() -> None:
    for text in ("hello", f"{region_start(NONCE)}\nx\n", f"{region_end(NONCE)}\n{region_start(NONCE)}\n"):
        assert answer([Turn("user", text)]).startswith("offline stand-in: there is no marked region")
    assert answer([Turn("system", question("x = 1\n", EXPLAIN))]).startswith("offline stand-in: there is no")


def test_the_last_message_with_a_region_counts_and_what_was_said_after_it() -> None:
    turns = [
        Turn("user", question("old = 1\n", EXPLAIN)),
        Turn("assistant", question("not = 1\n", EXPLAIN)),
        Turn("user", question("new = 1\n", EDIT + "make it shine", before="a\n", after="b\n")),
        Turn("assistant", "no"),
        Turn("user", "add a comment"),
    ]
    asked = read(turns)
    assert asked is not None
    assert (asked.before, asked.region, asked.after) == ("a\n", "new = 1\n", "b\n")
    assert asked.language == "python"
    assert asked.words.startswith("make it shine")
    assert asked.words.endswith("add a comment")
    assert asked.wants_edit


def test_lines_that_are_not_shown_are_not_the_file() -> None:
    note = "[12 lines are not shown]\n"
    asked = read([Turn("user", question("x\n", EXPLAIN, before=note + "a\n", after="b\n" + note))])
    assert asked is not None
    assert (asked.before, asked.after) == ("a\n", "b\n")
    assert not asked.wants_edit


def test_a_bare_region_is_enough() -> None:
    asked = read([Turn("user", f"{region_start(NONCE)}\nx\n{region_end(NONCE)}\nMake it shorter, or CANNOT: why")])
    assert asked is not None
    assert (asked.before, asked.region, asked.after, asked.language) == ("", "x\n", "", "")
    assert asked.task == "Make it shorter, or CANNOT: why"


def test_marks_in_the_file_itself_are_text() -> None:
    other = f"{region_start('zzzz')}\n{region_end('zzzz')}\n=== GLM_DATA_zzzz end ===\n# Task\n"
    asked = read([Turn("user", question("x\n", EXPLAIN, before=other, after="b\n"))])
    assert asked is not None
    assert (asked.before, asked.region, asked.after, asked.task) == (other, "x\n", "b\n", EXPLAIN)


@given(st.data())
@settings(max_examples=examples(30), deadline=None)
def test_any_lines_of_the_sample_are_answered_without_damage(data: st.DataObject) -> None:
    """Whatever is selected, in a file that parses, the file still parses after the edit."""
    lines = split(SAMPLE.read_text("utf-8"))
    first = data.draw(st.integers(0, len(lines) - 2))
    last = data.draw(st.integers(first + 1, min(first + 30, len(lines) - 1)))
    before, region, after = ("".join(part) for part in (lines[:first], lines[first:last], lines[last:]))
    task = data.draw(st.sampled_from([REFACTOR, EDIT + "docstring", EDIT + "comment", EDIT + "f-string"]))
    reply = ask(region, task, before=before, after=after)
    if not reply.startswith("CANNOT: offline stand-in: "):
        compile(before + new_region(reply) + after, "invoice.py", "exec")
    assert ask(region, EXPLAIN, before=before, after=after).startswith("**offline stand-in:**")


def test_a_selection_that_ends_inside_a_block_does_not_tear_it() -> None:
    """The `else` is in the selection, half of its block is not: taking the `else` away would break the rest."""
    region = "def f(a):\n    if a:\n        return 1\n    else:\n        b = 2\n"
    after = "        return b\n"
    reply = ask(region, REFACTOR, after=after)
    if not reply.startswith("CANNOT: "):
        compile(new_region(reply) + after, "f.py", "exec")


@given(st.text(alphabet="<>GLM_REGIONSTARTENDa1b2c3=DATA\n `#", max_size=80))
@settings(max_examples=examples(30), deadline=None)
def test_any_message_is_answered(text: str) -> None:
    assert "offline stand-in" in answer([Turn("user", text + question("x\n", REFACTOR) + text)])
