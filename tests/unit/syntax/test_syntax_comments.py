"""Comments written into the user's file, and instructions read from it. If these fail, a comment breaks the code around
it, or an instruction is taken from, or with, a line of code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.errors import BadInput
from glm_lsp.syntax import tree
from glm_lsp.syntax.comments import comment, has_comments, instruction
from glm_lsp.syntax.languages import LANGUAGES, language, of_suffix
from glm_lsp.text.lines import Text


@pytest.mark.parametrize(
    ("text", "id_", "indent", "expected"),
    [
        ("Adds.\n\nTwo numbers.", "python", "    ", "    # Adds.\n    #\n    # Two numbers.\n"),
        ("Adds.", "typescriptreact", "", "// Adds.\n"),
        ("Red.", "css", "  ", "  /* Red. */\n"),
        ("Red.\nBlue.", "css", "", "/*\nRed.\nBlue.\n*/\n"),
        ("It ends */ here.\nand here", "css", "", "/*\nIt ends * / here.\nand here\n*/\n"),
        ("a --> b\nc", "html", "", "<!--\na - -> b\nc\n-->\n"),
        ("?> leaves PHP", "php", "", "// ? > leaves PHP\n"),
        ("C:\\users and C:\\", "java", "", "// C:\\ users and C:/\n"),
        ("ends with \\", "c", "", "// ends with /\n"),
        ("one\u2028two", "javascript", "", "// one\n// two\n"),
        ("x", "klingon", "", "# x\n"),
        ("x", "lua", "\t", "\t-- x\n"),
    ],
)
def test_comment(text: str, id_: str, indent: str, expected: str) -> None:
    assert comment(text, id_, indent) == expected


def test_long_lines_are_wrapped_and_lists_hang() -> None:
    lines = comment("- " + "word " * 40, "python", "    ").splitlines()
    assert all(len(line) <= 96 for line in lines)
    assert lines[0].startswith("    # - word")
    assert lines[1].startswith("    #   word")


def test_a_language_without_comments_says_so() -> None:
    assert not has_comments("json")
    with pytest.raises(BadInput, match="json has no comments"):
        comment("x", "json")


CODE = {
    "python": "x = 1\n",
    "javascript": "x = 1;\n",
    "c": "int x;\n",
    "java": "class A {}\n",
    "css": "a { color: red; }\n",
    "html": "<p>x</p>\n",
    "lua": "x = 1\n",
    "ruby": "x = 1\n",
    "shellscript": "x=1\n",
    "rust": "fn f() {}\n",
}


@settings(max_examples=examples(60), deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(["*/", "-->", "--", "]]", "\\", "\n", "\\u", "'", '"', "=end", "x ", "EOF", "\u2028"])
    ).map("".join),
    st.sampled_from(sorted(CODE)),
)
def test_a_comment_leaves_the_code_below_it_as_it_was(text: str, id_: str) -> None:
    code = tree.parse(Text.of(CODE[id_]), id_)
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return  # grammars stop at a null; neither can stand in a source file
    both = tree.parse(Text.of(comment(text, id_) + CODE[id_]), id_)
    assert code is not None
    assert both is not None
    assert tree.errors(both) == 0
    kinds = [child.type for child in both.parsed.root_node.named_children if "comment" not in child.type]
    assert kinds == [child.type for child in code.parsed.root_node.named_children]


@pytest.mark.parametrize(
    ("id_", "source", "region", "expected"),
    [
        ("python", "# glm: make this async\ndef f():\n    pass", (1, 3), ((0, 1), "make this async")),
        ("python", "#GLM: Shout\ndef f(): pass", (1, 2), ((0, 1), "Shout")),
        ("python", "# glm: one\n# Docs.\ndef f(): pass", (2, 3), ((0, 1), "one")),
        ("python", "# glm: one\n\ndef f(): pass", (2, 3), None),  # not directly above
        ("python", "x = 1  # glm: one\ny = 2", (0, 2), None),  # its line holds code
        ("python", "def f():\n    # glm: inner\n    pass", (0, 3), ((1, 2), "inner")),
        ("python", "# glm:\ndef f(): pass", (1, 2), None),  # says nothing
        ("python", 'x = "# glm: no"\n', (0, 1), None),
        ("c", "/* glm: one\n * two\n */\nint f();", (3, 4), ((0, 3), "one two")),
        ("c", "/* glm: one */ int f();", (0, 1), None),
        ("c", "/* glm: one */\nint f();", (1, 2), ((0, 1), "one")),
        ("typescript", "/**\n * glm: one\n */\nfunction f() {}", (3, 4), ((1, 2), "one")),
        ("html", "<!-- glm: bold -->\n<p>", (1, 2), ((0, 1), "bold")),
        ("css", "/* glm: blue */\na {}", (1, 2), ((0, 1), "blue")),
        ("sql", "-- glm: index it\nselect 1", (1, 2), ((0, 1), "index it")),
        ("rust", "/// glm: doc\nfn f() {}", (1, 2), ((0, 1), "doc")),
        ("clojure", ";; glm: memo\n(f)", (1, 2), ((0, 1), "memo")),
        ("latex", "% glm: shorten\ntext", (1, 2), ((0, 1), "shorten")),
        ("klingon", "-- glm: any style\nx", (1, 2), ((0, 1), "any style")),
        ("python", "# glm: far\n" + "# c\n" * 60 + "def f(): pass", (61, 62), None),
    ],
)
def test_instruction(
    id_: str, source: str, region: tuple[int, int], expected: tuple[tuple[int, int], str] | None
) -> None:
    assert instruction(source.splitlines(keepends=True), *region, id_) == expected


@given(st.lists(st.text(max_size=20)), st.sampled_from([row.name for row in LANGUAGES] + [""]))
def test_looking_for_an_instruction_never_raises(lines: list[str], id_: str) -> None:
    instruction(lines, 0, len(lines), id_)


def test_no_id_and_no_suffix_stands_in_two_rows() -> None:
    ids = [id_ for row in LANGUAGES for id_ in row.ids]
    suffixes = [suffix for row in LANGUAGES for suffix in row.suffixes]
    assert len(ids) == len(set(ids))
    assert len(suffixes) == len(set(suffixes))


def test_languages_are_found_by_id_and_suffix() -> None:
    assert language("bash") is language("shellscript")
    assert of_suffix(".PY") == "python"
    assert of_suffix(".R") == "r"
    assert of_suffix(".nope") == ""
