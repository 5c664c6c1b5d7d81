"""The menu is answered on the event loop. If these fail, one strange line in a file stops the whole server: no menu, no
cancel, and the editor's keystrokes wait."""

from __future__ import annotations

import pytest
from growth import growth

from glm_lsp.syntax import indent
from glm_lsp.syntax.comments import instruction
from glm_lsp.syntax.languages import LANGUAGES

LINES = {
    "template <> again and again": "template <> ",
    "template < without an end": "template <",
    "spaces behind an arrow": "x => { y",
    "arrows": "=> ",
    "functions as values": "= function ",
    "spaces behind an equals sign": "a = { b",
    "spaces alone": "x y",
    "calls": "a(",
    "words": "a ",
    "modifiers": "public ",
    "visibility without an end": "pub(",
    "strings without an end": 'extern "',
    "types": "type a[",
    "comment marks": "#",
    "stars": "/*",
    "an instruction of spaces": "// glm: a b",
    "ends": "end ",
}
FILL = {name: line for name, line in LINES.items() if "spaces" in name}
"""Their spaces are stretched; the others are repeated."""


def stretched(name: str, times: int) -> str:
    line = LINES[name]
    return (line.replace(" ", " " * times) if name in FILL else line * times) + "\n"


@pytest.mark.parametrize("id_", ["cpp", "javascript", "python", "lua", "css", "rust"])
@pytest.mark.parametrize("name", LINES)
def test_no_line_costs_more_than_its_length(name: str, id_: str) -> None:
    def menu(times: int) -> None:
        line = stretched(name, times)
        lines = [line, "    " + line, "    x\n"]
        indent.enclosing(lines, 2, 3, id_)
        instruction(lines, 2, 3, id_)

    assert growth(menu, 9, 18) < 10, "exponential"
    assert growth(menu, 1_000, 4_000) < 9


@pytest.mark.parametrize("id_", ["python", "c", "lua"])
def test_no_depth_costs_more_than_its_lines(id_: str) -> None:
    """A file of blocks that are never closed: each of them would be followed to its end."""

    def menu(depth: int) -> None:
        lines = [f"{' ' * (step % 400)}class A {{\n" for step in range(depth)] + ["x\n"] * depth
        indent.enclosing(lines, depth - 1, depth, id_)

    assert growth(menu, 100, 400) < 9


def test_a_selection_of_a_whole_file_is_not_read_to_its_end_for_an_instruction() -> None:
    def menu(lines: int) -> None:
        instruction(["x = 1\n"] * lines, 0, lines, "python")

    assert growth(menu, 20_000, 160_000) < 3


@pytest.mark.parametrize(
    ("id_", "line"),
    [
        ("cpp", "template <typename T> struct A"),
        ("cpp", "template <typename T, template <typename> class C> class A"),
        ("rust", "pub(crate) async unsafe fn a()"),
        ("rust", 'pub extern "C" fn a()'),
        ("javascript", "export default async function a()"),
        ("javascript", "const a = async function ()"),
        ("javascript", "a.b['c'] = function ()"),
        ("javascript", "a: function (b)"),
        ("javascript", "const a = (b, c) =>"),
        ("javascript", "it({ b: 1 }, () =>"),
        ("java", "public static void a(int b)"),
    ],
)
def test_headers_of_blocks_are_known(id_: str, line: str) -> None:
    assert indent.enclosing([f"{line} {{\n", "  x\n", "}\n"], 1, 2, id_) == (0, 3)


@pytest.mark.parametrize("line", ["a => b;", "if (a) => 1; b(", "x = [", "for (a of b)", "return function"])
def test_other_lines_are_not(line: str) -> None:
    assert indent.enclosing([f"{line} {{\n", "  x\n", "}\n"], 1, 2, "javascript") is None


@pytest.mark.parametrize("id_", [row.name for row in LANGUAGES])
def test_a_line_of_any_length_is_taken(id_: str) -> None:
    lines = ["x" * 100_000 + " {\n", "  y\n", "}\n"]
    assert indent.enclosing(lines, 1, 2, id_) in (None, (0, 3))
