"""An explanation cannot fetch, lead or run, and can still be read. If these fail, a file that was explained sends what
the model knows to an attacker's server by an image in the hover, or an explanation is garbled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from property import examples

from glm_lsp.reply.markdown import inert

DATA = Path(__file__).parents[2] / "data" / "markdown"
PAYLOADS = (DATA / "payloads.txt").read_text("utf-8").split("\n=====\n")
EXPLANATION = (DATA / "explanation.md").read_text("utf-8")
PARSERS = {
    "CommonMark": MarkdownIt("commonmark"),
    "GitHub's tables and links": MarkdownIt("gfm-like"),
    "no tables": MarkdownIt("gfm-like").disable("table"),
}
LIVE = {"image", "link_open", "html_block", "html_inline"}


def tokens(markdown: str, parser: MarkdownIt) -> Iterator[Token]:
    for token in parser.parse(markdown):
        yield token
        yield from token.children or ()


def live(markdown: str) -> list[str]:
    """What would fetch, lead or run, for any of the parsers."""
    return [
        f"{token.type}: {token.content or token.attrs}"
        for parser in PARSERS.values()
        for token in tokens(markdown, parser)
        if token.type in LIVE
    ]


def shown(markdown: str) -> tuple[str, list[str]]:
    """The text a reader sees, code spans among it; and the blocks of code."""
    found = list(tokens(markdown, MarkdownIt("commonmark").enable("table")))
    inline = {"text", "code_inline", "html_inline", "softbreak"}
    words = "".join(token.content or " " for token in found if token.type in inline)
    return words, [token.content for token in found if token.type == "fence"]


def test_the_parsers_see_what_is_live() -> None:
    """A payload no parser falls for proves nothing."""
    assert {kind.partition(":")[0] for payload in PAYLOADS for kind in live(payload)} == LIVE
    assert sum(bool(live(payload)) for payload in PAYLOADS) > len(PAYLOADS) * 2 // 3


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_live(payload: str) -> None:
    assert live(inert(payload)) == []
    assert live(inert(f"text\n{payload}")) == []
    assert live(inert(payload.replace("\n", "\r\n"))) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_prefix_of_a_stream_is_live(payload: str) -> None:
    assert [payload[:end] for end in range(len(payload)) if live(inert(payload[:end]))] == []


PIECES = [
    *[
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "- ",
        "1. ",
        "> ",
        "|",
        "| a | b |\n|---|---|\n",
        "---",
    ],
    *[
        "\\",
        "\\|",
        "![x](https://e.example)",
        "[x](u)",
        "[x]",
        "[x]: https://e.example",
        "![",
        "](",
        "<",
        "<b>",
        "<!--",
    ],
    *[
        "<https://e.example>",
        "&lt;",
        "https://e.example",
        "www.e.com",
        "e.com",
        "me@e.com",
        "//",
        "a",
        "$$",
        ":::",
        "#",
    ],
    *["_", "*", "~", "!", "\u00a0", "\f", "\r", "é", "💩", '"'],
]


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_the_model_writes_nothing_is_live_and_nothing_changes_twice(text: str) -> None:
    dead = inert(text)
    assert live(dead) == []
    assert inert(dead) == dead


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    dead = inert(text)
    assert inert(dead) == dead


def test_an_explanation_keeps_its_words_and_its_code() -> None:
    dead = inert(EXPLANATION)
    assert shown(dead) == shown(EXPLANATION)
    kinds = [token.type for token in PARSERS["no tables"].parse(EXPLANATION)]
    assert [token.type for token in PARSERS["no tables"].parse(dead)] == kinds


@pytest.mark.parametrize(
    ("markdown", "dead"),
    [
        ("It is `x[0](y)`, a < b, **so** there.\n", None),
        ("# Title\n\n- one\n- [ ] two\n\n> three\n", None),
        ("```python\nx = a[0](b)  # <b> ![x](u)\n\n\ty\n```\n", None),
        ("1. one\n\n    ```sh\n    echo $HOME\n    ```\n", None),
        ("see [docs](https://docs.python.org/3/).", "see [docs] (`https://docs.python.org/3/`)."),
        ("[x](u) x[0](y)", "\\[x]\\(u) x[0]\\(y)"),
        ("![alt](https://e.example/?q)", "![alt] (`https://e.example/?q`)"),
        ("See https://e.example/a_(b), or main.py.", "See `https://e.example/a_(b)`, or `main.py`."),
        ("List<int> costs $5 &amp; more", "List\\<int> costs \\$5 \\&amp; more"),
        ("| a | b |\n|---|---|\n| `int \\| None` | `a` |\n", None),
        ("wait...so, e.g. this", None),
        ("an `unfinished", "an ˋunfinished"),
        ("```py\nx = 1\n``", "```py\nx = 1\n``\n```"),
        ("> ```\n> x\ny", "> ```\n> x\n> ```\ny"),
        ("```\n```~\nx\n```", "````\n```~\nx\n````"),
        ("a\x1b[31mb\u202ec", "a[31mbc"),
    ],
)
def test_it_stays_readable(markdown: str, dead: str | None) -> None:
    assert inert(markdown) == (markdown if dead is None else dead)


@pytest.mark.parametrize("end", ["", "\n"])
def test_what_follows_an_open_fence_is_not_drawn_into_it(end: str) -> None:
    after = inert("```py\nx" + end).removesuffix(end) + "\n\nThe reply is cut off."
    assert shown(after)[0] == "The reply is cut off."


REPEATED = [
    *[
        "`",
        "[",
        "](",
        "![a](",
        "<",
        "&a",
        "a.",
        "a@",
        "a://",
        "//",
        "www.",
        "(",
        "https://a(",
        "\\",
        "~",
        "a-",
        "+",
        "[`",
    ],
    *["> ", "- ", "1. ", "-", "|", "- ```\n", "```a\n", "> ```\n", "a `*<` ", "*`<", "_a_b"],
]
HOSTILE = [
    *((piece, "{}") for piece in REPEATED),
    ("- ", "{}```\n" + "x\n" * 300),
    ("x\n", "- - - - ```\n{}"),
    ("x\n", "> > ```\n{}"),
    ("> x\n", "> ```\n{}"),
]


@pytest.mark.parametrize(("piece", "around"), HOSTILE)
def test_a_stream_is_read_in_one_pass(piece: str, around: str) -> None:
    """Called twelve times a second while an explanation arrives, on the event loop."""
    assert growth(lambda times: inert(around.format(piece * times)), 1_000, 4_000) < 9


def test_backticks_of_every_length_are_matched_in_one_pass() -> None:
    def work(longest: int) -> None:
        inert(" ".join("`" * width for width in range(1, longest)))

    assert growth(work, 60, 120) < 9
