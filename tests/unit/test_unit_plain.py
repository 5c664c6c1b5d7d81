"""Nothing from outside can give a terminal or an editor an order through what we show. If these fail, a server, a model
or a project writes to the user's clipboard, hides a part of a message, or fills the screen with one."""

from __future__ import annotations

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.plain import harmless, plain

ORDERS = {
    "colour (CSI)": "a\x1b[31mb",
    "colour (C1 CSI)": "a\x9b31mb",
    "clear screen": "\x1b[2J\x1b[H",
    "window title (OSC 0)": "\x1b]0;title\x07",
    "link (OSC 8)": "\x1b]8;;https://evil.example\x1b\\text\x1b]8;;\x1b\\",
    "clipboard (OSC 52)": "\x1b]52;c;ZXZpbA==\x07",
    "device string (DCS)": "\x1bP$q\x1b\\",
    "C1 OSC": "\x9d52;c;AAAA\x9c",
    "back over what stood there": "rm -rf /\r              ",
    "backspaces": "evil\b\b\b\bgood",
    "bell, delete, NUL": "\a\x7f\0",
    "reversed reading order": "a\u202eb\u2066c",
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_to_the_terminal_are_taken_out(name: str) -> None:
    shown = harmless(ORDERS[name])
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in shown)
    assert "\u202e" not in shown


@settings(max_examples=examples(100), deadline=None)
@given(st.text(), st.integers(0, 50))
def test_text_may_be_cleaned_piece_by_piece(text: str, cut: int) -> None:
    assert harmless(text[:cut]) + harmless(text[cut:]) == harmless(text)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from("\n\t👩‍💻é")))
def test_other_text_is_kept(text: str) -> None:
    assert harmless(text) == text


SHOWN = {
    "colour (CSI)": "ab",
    "colour (C1 CSI)": "ab",
    "clear screen": "",
    "window title (OSC 0)": "",
    "link (OSC 8)": "text",
    "clipboard (OSC 52)": "",
    "device string (DCS)": "",
    "C1 OSC": "",
    "back over what stood there": "rm -rf /",
    "backspaces": "evilgood",
    "bell, delete, NUL": "",
    "reversed reading order": "abc",
}


@pytest.mark.parametrize("name", ORDERS)
def test_in_a_message_sequences_are_gone_whole(name: str) -> None:
    assert plain(ORDERS[name]) == SHOWN[name]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\r\n\tof  text\u2028here", "two lines of text here"),
        ("zero\u200bwidth\u2060and\ufeff\u00adtags\U000e0041", "zerowidthandtags"),
        ("filled\u3164\u115fup", "filledup"),
        ("half a pair \ud83d", "half a pair"),
        ("naïve 漢字 👍 “x” — שלום", "naïve 漢字 👍 “x” — שלום"),
        ("an unfinished \x1b]0;title", "an unfinished 0;title"),
        ("\x1b\x1b[31mred\x1b", "red"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("\n" * 20_000 + "x", "…"),
        ("", ""),
    ],
)
def test_in_a_message(text: str, shown: str) -> None:
    assert plain(text) == shown


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.sampled_from([*ORDERS.values(), "\x1b", "\x9d", "\x9b", "\\", "\x07", "[", "]", "a", "\n", "é"])).map(
        "".join
    )
)
def test_whatever_arrives_a_message_is_one_line_that_can_be_printed(text: str) -> None:
    shown = plain(text, 40)
    assert shown.isprintable()
    assert len(shown) <= 40
    assert plain(shown, 40) == shown


@pytest.mark.parametrize("order", ["\x1b]", "\x9d", "\x1b[", "\x1b[;", "\x1b ", "\x1b", "\x90a"])
def test_a_row_of_orders_is_read_once(order: str) -> None:
    def message(times: int) -> None:
        plain(order * times, 10_000_000)

    assert growth(message, 3_000, 12_000) < 9
