"""What is read from a tree. If these fail, the model is shown the wrong definitions, or edits land on wrong lines."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.syntax import indent, parse, tree
from glm_lsp.syntax.contents import contents
from glm_lsp.syntax.languages import LANGUAGES
from glm_lsp.text.lines import Text

DATA = Path(__file__).parents[2] / "data" / "syntax"
CASES = sorted(path.stem for path in DATA.glob("*.txt"))
GRAMMARS = sorted(row.name for row in LANGUAGES if row.grammar)

scraps = st.sampled_from(
    [
        "def f():\n",
        "    x = 1\n",
        "class A:\n",
        '"""',
        "{",
        "}",
        "\n",
        "\r\n",
        "\r",
        "é",
        "😀",
        "(",
        "`",
        "\ud800",
        "\x0c",
        "// x",
    ]
)
texts = st.lists(scraps | st.text(max_size=4), max_size=30).map("".join)


def case(language: str) -> tuple[Text, dict[str, list[str]]]:
    source, *parts = (DATA / f"{language}.txt").read_text("utf-8").split("\n=== ")
    sections = {part.split("\n")[0]: part.split("\n")[1:] for part in parts}
    return Text.of(source + "\n"), {name: [line for line in lines if line] for name, lines in sections.items()}


def whole(text: Text, language: str) -> tree.Tree:
    parsed = tree.parse(text, language)
    assert parsed is not None
    return parsed


def test_every_language_with_a_grammar_has_a_case() -> None:
    assert set(CASES) | {"jsonc"} == set(GRAMMARS)


@pytest.mark.parametrize("language", CASES)
def test_the_sample_is_free_of_errors(language: str) -> None:
    assert tree.errors(whole(case(language)[0], language)) == 0


@pytest.mark.parametrize("language", CASES)
def test_outline(language: str) -> None:
    text, expected = case(language)
    rows = []
    for found in tree.outline(whole(text, language)):
        row = [found.kind, found.qualified, f"{found.first + 1}-{found.last}", found.signature]
        row += [f"type: {found.type}"] if found.type else []
        row += ["doc: " + found.docstring.split("\n")[0]] if found.docstring else []
        rows.append(" | ".join(row))
    assert rows == expected["outline"]


@pytest.mark.parametrize("language", CASES)
def test_imports(language: str) -> None:
    text, expected = case(language)
    rows = [" | ".join(found[:3]).rstrip() for found in tree.imports(whole(text, language))]
    assert rows == expected["imports"]


@pytest.mark.parametrize("language", CASES)
def test_lines_inside_strings_are_known_so_that_they_are_not_indented_again(language: str) -> None:
    text, expected = case(language)
    lines = sorted(line + 1 for line in tree.multiline_strings(whole(text, language)))
    assert " ".join(map(str, lines)) == "".join(expected["strings"])


@pytest.mark.parametrize("language", CASES)
def test_enclosing(language: str) -> None:
    text, expected = case(language)
    parsed = whole(text, language)
    for line, span in spans(expected["enclosing"]):
        assert tree.enclosing(parsed, line, line + 1) == span, f"line {line + 1}"


@pytest.mark.parametrize("language", CASES)
def test_enclosing_by_indentation(language: str) -> None:
    text, expected = case(language)
    for line, span in spans(expected["by indentation"]):
        assert indent.enclosing(text.lines, line, line + 1, language) == span, f"line {line + 1}"


@pytest.mark.parametrize("language", CASES)
def test_indentation_never_sees_a_part_of_a_definition(language: str) -> None:
    """A region that ends in the middle of a function would be sent, and replaced, without its end."""
    text, _ = case(language)
    definitions = [d for d in tree.outline(whole(text, language)) if d.kind in ("function", "method", "class", "impl")]
    for line in range(len(text.lines)):
        span = indent.enclosing(text.lines, line, line + 1, language)
        for found in definitions:
            apart = span is None or span.last <= found.first or found.last <= span.first
            # A decorator of several lines may be missed; the end may not.
            assert apart or (span is not None and (span.last >= found.last or span.first >= found.first))
            assert apart or span is None or not found.first < span.first < found.last or span.last <= found.last


@pytest.mark.parametrize("language", CASES)
def test_one_pass_finds_what_two_find(language: str) -> None:
    parsed = whole(case(language)[0], language)
    assert contents(parsed) == (tree.outline(parsed, docstrings=False), tree.imports(parsed))


def spans(rows: list[str]) -> list[tuple[int, tuple[int, int] | None]]:
    found = []
    for row in rows:
        run, _, value = row.partition(": ")
        first, last = map(int, run.split("-"))
        span = None if value == "none" else (int(value.split("-")[0]) - 1, int(value.split("-")[1]))
        found += [(line - 1, span) for line in range(first, last + 1)]
    # Blank lines inside a run are regions of their own.
    return found


def test_names_with_their_receivers() -> None:
    text = Text.of("def f(a):\n    é = shop.till(a).total\n    return é, LIMIT\n")
    names = tree.identifiers(whole(text, "python"), 1, 3)
    assert [(name.name, name.column, name.receiver) for name in names] == [
        ("é", 4, ""),
        ("shop", 8, ""),
        ("till", 13, "shop"),
        ("a", 18, ""),
        ("total", 21, "shop.till(a)"),
        ("é", 11, ""),
        ("LIMIT", 14, ""),
    ]


@pytest.mark.parametrize(
    ("source", "count"),
    [("def f():\n    pass\n", 0), ("def f(:\n    pass\n", 1), ("x = (1\n", 1), ("", 0)],
)
def test_errors_are_counted(source: str, count: int) -> None:
    assert tree.errors(whole(Text.of(source), "python")) == count


def test_a_lone_carriage_return_ends_a_line() -> None:
    """Else every definition below it would be one line off."""
    parsed = whole(Text.of("x = 1\rdef f():\r    pass\r"), "python")
    assert [(found.name, found.first) for found in tree.outline(parsed)] == [("x", 0), ("f", 1)]


def test_a_language_without_a_grammar_has_no_tree() -> None:
    assert tree.parse(Text.of("x"), "klingon") is None
    assert not tree.has_grammar("kotlin")


def test_importing_the_room_loads_no_grammar() -> None:
    """The server answers `initialize` before anything is parsed; a grammar loaded by then only delays it."""
    script = (
        "import sys, glm_lsp.syntax.region, glm_lsp.syntax.comments; print([m for m in sys.modules if 'sitter' in m])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@settings(max_examples=examples(60), deadline=None)
@given(text=texts, language=st.sampled_from(GRAMMARS), place=st.integers(0, 40))
@example(text="\r", language="python", place=0)
def test_nothing_raises_on_any_text(text: str, language: str, place: int) -> None:
    lines = Text.of(text)
    parsed = whole(lines, language)
    count = len(lines.lines)
    first = place % count
    for found in tree.outline(parsed):
        assert 0 <= found.first < found.last <= count
        assert found.first <= found.line < found.last
    span = tree.enclosing(parsed, first, first + 1)
    assert span is None or span.holds(first, first + 1)
    for name in tree.identifiers(parsed, first, count):
        assert lines.lines[name.line].startswith(name.name, name.column) or "\ud800" in text
    for line in tree.multiline_strings(parsed):
        assert 0 < line < count
    assert tree.errors(parsed) >= 0
    tree.imports(parsed)


@settings(max_examples=examples(80), deadline=None)
@given(texts, st.sampled_from(["python", "javascript", "rust", "yaml"]), st.integers(4, 16))
def test_a_text_parsed_in_pieces_has_the_tree_of_the_whole(text: str, language: str, piece: int) -> None:
    """Long texts are parsed in pieces, so that the editor is answered meanwhile: it must make no difference."""
    lines = Text.of(text)
    at_once = whole(lines, language)
    with mock.patch.object(parse, "PIECE", piece):
        in_pieces = whole(lines, language)
    assert str(in_pieces.parsed.root_node) == str(at_once.parsed.root_node)
    assert tree.outline(in_pieces) == tree.outline(at_once)
    assert tree.identifiers(in_pieces, 0, len(lines.lines)) == tree.identifiers(at_once, 0, len(lines.lines))


def test_a_shell_script_with_rare_characters_does_not_kill_the_server() -> None:
    """In a process of its own: the grammar would take the whole server down, in some runs."""
    program = (
        "from glm_lsp.syntax.tree import parse\n"
        "from glm_lsp.text.lines import Text\n"
        "for code in range(0x100, 0x110000, 0x3fb):\n"
        "    if not 0xd800 <= code < 0xe000:\n"
        "        parse(Text.of('${' + chr(code) + 'P6{' + chr(code)), 'shellscript')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_shell_script_is_read_with_its_own_characters() -> None:
    """Otherwise the outline, the index and the prompt know `grüße` as `grxxxxe`, and two functions as one."""
    text = Text.of(
        "#!/bin/bash\n. ./größe.sh\n# Sagt 'hallo' – 😀\ngrüße() {\n  local länge=3\n  echo 'ä' $länge\n}\n"
        "grööe() { :; }\nПУТЬ=/дом\ngrüße\n"
    )
    parsed = tree.parse(text, "shellscript")
    assert parsed is not None
    found = tree.outline(parsed)
    assert [one.name for one in found] == ["grüße", "grööe", "ПУТЬ"]
    assert found[0].signature == "grüße()"
    assert found[0].docstring == "Sagt 'hallo' – 😀"
    assert found[2].value == "/дом"
    assert {"grüße", "länge"} <= {name.name for name in tree.identifiers(parsed, 0, 10)}
    assert [(one.module, one.line) for one in tree.imports(parsed)] == [("./größe.sh", 1)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("java", "x" + "()" * 50_000),
        ("ruby", "x" + ".a" * 50_000),
        ("python", "(" * 50_000),
        ("rust", "-" * 50_000 + "1"),
        ("javascript", "class A { " * 20_000),
        ("cpp", "{" * 50_000 + "}" * 50_000),
    ],
)
def test_a_text_that_is_slow_to_parse_or_to_look_at_has_no_tree(language: str, text: str) -> None:
    """Otherwise one file, or one reply, stops the server for minutes: what takes so long lets nothing else run."""
    started = time.perf_counter()
    assert tree.parse(Text.of(text), language) is None
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "if (a) { b() }" + " else if (a) { b() }\n" * 200),
        ("python", "x = [\n" + "    1,\n" * 50_000 + "]\n"),
        ("python", "x = " + "(" * 150 + "1" + ")" * 150),
        ("python", "def f(:\n" * 500),
    ],
)
def test_long_texts_and_wrong_ones_have_a_tree(language: str, text: str) -> None:
    assert tree.parse(Text.of(text), language)
