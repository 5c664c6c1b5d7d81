"""The edits are true: they change what they say, and neither what the code does nor anything around it."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.offline import python_edits
from glm_lsp.offline.python_edits import docstrings, f_strings, flatten, improve, is_none

CASES = Path(__file__).parents[2] / "data" / "offline" / "edits.txt"


def cases() -> list[tuple[str, str, str]]:
    """(title, before, after) of each case in the file."""
    found = []
    for case in CASES.read_text("utf-8").split("\n=== ")[1:]:
        title, _, rest = case.partition("\n")
        if rest.rstrip("\n").endswith("\n--- stays"):
            before = rest.rstrip("\n").removesuffix("--- stays")
            found.append((title, before, before))
        else:
            before, _, after = rest.partition("--- becomes\n")
            found.append((title, before, after.rstrip("\n") + "\n"))
    return found


@pytest.mark.parametrize(("title", "before", "after"), cases(), ids=[case[0] for case in cases()])
def test_case(title: str, before: str, after: str) -> None:
    rule = getattr(python_edits, title.partition(":")[0])
    assert improve(before, rule) == after


@st.composite
def blocks(draw: st.DrawFn, indent: str, depth: int = 0) -> str:
    """A block of a function of `a`, `b` and `c`, with what has to survive an edit."""
    lines = draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=2))
    text = "".join(f"{indent}{line}\n" for line in lines)
    if depth < 3 and draw(st.booleans()):
        step = draw(st.sampled_from(["  ", "    ", "\t"]))
        text += f"{indent}if {draw(TESTS)}:\n{draw(blocks(indent + step, depth + 1))}"
        if draw(st.booleans()):
            text += f"{indent}elif {draw(TESTS)}:\n{draw(blocks(indent + step, depth + 1))}"
        text += draw(st.sampled_from(["", f"{indent}# between\n", "\n"]))
        if draw(st.booleans()):
            text += f"{indent}else:\n{draw(blocks(indent + step, depth + 1))}"
    return text + draw(st.sampled_from(["", *(f"{indent}{leave}\n" for leave in LEAVES)]))


TESTS = st.sampled_from(["a", "a == None", "b != None and c", "not (c == None)", "a and 1 if b else c == None"])
STATEMENTS = [
    "log.append('else:')",
    "log.append('%s and %r, {}' % (a, b))  # else:",
    'log.append("{} {x!r}".format(b, x=c))',
    'log.append("""%s\n  else:\n\t""" % (c,))',
    'log.append((\'ü\', """\n            else:\n"""))',
    "log.append(a if b == None else\n  c)",
    "b = 'ä' '%s' % (a,)",
    "pass; c = a",
]
LEAVES = ["return b", "return '%s' % (c,)", "raise ValueError('{}'.format(a))"]
FUNCTIONS = blocks("    ").map(lambda block: f"def f(a, b, c, log):\n{block}")


def outcome(source: str) -> list[tuple[str, list[object]]]:
    """What the function gives back or raises, and what it logs, for a few arguments."""
    names: dict[str, object] = {}
    exec(compile(source, "region", "exec"), names)  # noqa: S102 - a program made by this test
    function, outcomes = names["f"], list[tuple[str, list[object]]]()
    assert callable(function)
    inputs: list[tuple[object, ...]] = [
        (None, 1, "x"),
        (0, None, None),
        (1.5, "{}", "%s"),
        ((1, 2), [], None),
        ("é", None, 3),
    ]
    for arguments in inputs:
        log: list[object] = []
        try:
            result = repr(function(*arguments, log))
        except ValueError as error:
            result = f"raised {error!r}"
        outcomes.append((result, log))
    return outcomes


def words(source: str) -> list[str]:
    """The tokens without layout."""
    layout = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.NEWLINE)
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in found if token.type not in layout]


@given(FUNCTIONS)
@settings(max_examples=examples(30), deadline=None)
def test_all_edits_together_keep_what_the_code_does(source: str) -> None:
    edited = source
    for rule in (flatten, is_none, f_strings, docstrings):
        edited = improve(edited, rule)
    assert outcome(edited) == outcome(source)


@given(FUNCTIONS)
@settings(max_examples=examples(30), deadline=None)
def test_flattening_takes_away_else_and_nothing_more(source: str) -> None:
    """A comment or a string lost or moved is the user's text damaged."""
    kept = iter(words(improve(source, flatten)))
    for word in words(source):
        if word != (kept_word := next(kept, None)):
            # The only words that may be missing are `else` and its colon.
            assert word in ("else", ":")
            kept = iter([kept_word, *kept] if kept_word is not None else [])
    assert next(kept, None) is None


@given(FUNCTIONS)
@settings(max_examples=examples(30), deadline=None)
def test_the_other_edits_keep_the_shape(source: str) -> None:
    """f-strings and `is None` change expressions alone; a docstring adds one statement."""

    def shape(text: str) -> list[str]:
        return [type(node).__name__ for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]

    assert shape(improve(improve(source, f_strings), is_none)) == shape(source)
    documented = ast.parse(improve(source, docstrings))
    function = documented.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert ast.get_docstring(function)
    del function.body[0]
    assert ast.dump(documented) == ast.dump(ast.parse(source))


@given(FUNCTIONS, st.sampled_from(["    ", "\t"]))
@settings(max_examples=examples(30), deadline=None)
def test_a_method_is_edited_as_the_function_would_be(source: str, indent: str) -> None:
    """The region of a method is indented, and its strings over several lines are not."""
    method = f"{indent}{source}".replace("\n    ", f"\n{indent}    ")
    if "\n" in "".join(word for word in words(source) if '"""' in word):
        return  # such strings were just indented too: another program
    for rule in (flatten, is_none, f_strings, docstrings):
        expected = f"{indent}{improve(source, rule)}".replace("\n    ", f"\n{indent}    ")
        assert improve(method, rule) == expected


@given(st.text(alphabet="ifelse: \n\t\r\f\\\"'#%(){}ré\x00\u2028", max_size=60))
@settings(max_examples=examples(30), deadline=None)
def test_text_that_is_hardly_python_never_raises(text: str) -> None:
    for rule in (flatten, is_none, f_strings, docstrings):
        improve(text, rule)
