"""A suggestion is offered at the lines it quotes, and nowhere if these are not there."""

from __future__ import annotations

import json

import pytest

from glm_lsp.ask.suggest import read
from glm_lsp.context.gather import Context, Excerpt
from glm_lsp.context.receipt import Receipt
from glm_lsp.context.target import Target
from glm_lsp.errors import CannotDo, ReplyUnusable
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument

TEXT = """\
before = 1
def f(a):
\tfor x in a:
\t\tif x:
\t\t\tyield x  # 𝒳

\tfor y in a:
\t\tif y:
\t\t\tyield x  # 𝒳
\treturn
before = 2
"""
REGION = LineSpan(1, 10)


def place(quote: str, text: str = TEXT, tokens: dict[str, str] | None = None) -> tuple[int, int] | None:
    """The lines at which a suggestion that quotes `quote` is offered."""
    document = OpenDocument("file:///a.py", "python", 1, Text.of(text))
    context = Context(Target(document, REGION), Excerpt("", "", ""))
    one = {"title": "T", "why": "W", "quote": quote, "instruction": "I"}
    try:
        found = read(json.dumps({"suggestions": [one]}), (), context, Receipt(tokens=tokens or {}))
    except ReplyUnusable:
        return None
    return tuple(found.items[0].lines)  # type: ignore[return-value]  # two numbers


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        pytest.param("\tfor x in a:\n\t\tif x:\n", (2, 4), id="exact"),
        pytest.param("for x in a:\n    if x:", (2, 4), id="indented otherwise"),
        pytest.param("if x:\nyield x  # 𝒳\n\nfor y in a:", (3, 7), id="over a blank line"),
        pytest.param("if x:\nyield x # 𝒳\nfor y in a:", (3, 7), id="the blank line left out"),
        pytest.param("```python\nfor y in a:\n```", (6, 7), id="in a fence"),
        pytest.param("for y in", (6, 7), id="a part of one line"),
        pytest.param("def f(a):\nfor x in a:\n...\nreturn", (1, 10), id="lines left out"),
        pytest.param("def f(a):\n# ...\nfor y in a:\n", (1, 7), id="lines left out by a comment"),
        pytest.param("yield x  # 𝒳", (1, 10), id="there twice: the region"),
        pytest.param("def f(a):\n...\nyield x  # 𝒳", (1, 10), id="an end that is there twice: the region"),
        pytest.param("", (1, 10), id="none: the region"),
        pytest.param("before = 1", None, id="outside the region"),
        pytest.param("while True:", None, id="nowhere"),
        pytest.param("return\n...\ndef f(a):", None, id="the wrong way round"),
        pytest.param("GLM_SECRET_1_000000000000", None, id="an unknown token"),
    ],
)
def test_the_quotation_finds_its_lines(quote: str, lines: tuple[int, int] | None) -> None:
    assert place(quote) == lines
    assert place(quote, TEXT.replace("\n", "\r\n")) == lines, "with CRLF"


def test_a_token_stands_for_its_secret() -> None:
    token = "GLM_SECRET_1_0123456789ab"
    assert place(f"for x in {token}:", tokens={token: "a"}) == (2, 3)


def test_words_are_made_fit_for_a_menu() -> None:
    document = OpenDocument("file:///a.py", "python", 1, Text.of(TEXT))
    context = Context(Target(document, REGION), Excerpt("", "", ""))
    one = {"title": "Do\n\x1b[31m it" + "!" * 100, "why": "a\u202eb\n" * 400, "instruction": "x" * 9_000}
    (found,) = read(json.dumps([one]), (), context, Receipt()).items
    assert found.title.startswith("Do it!!!")
    assert len(found.title) == 80
    assert "\u202e" not in found.why
    assert len(found.why) == 300
    assert len(found.instruction) == 2_000


def test_a_no_is_a_no() -> None:
    document = OpenDocument("file:///a.py", "python", 1, Text.of(TEXT))
    context = Context(Target(document, REGION), Excerpt("", "", ""))
    with pytest.raises(CannotDo, match="it is generated"):
        read("CANNOT: it is generated", (), context, Receipt())
