"""Nothing from outside can give the terminal an order, and nothing else is taken from the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glm_lsp.cli.terminal import plain, say_exactly, table

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
    shown = plain(ORDERS[name])
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in shown)
    assert "\u202e" not in shown


@settings(max_examples=100, deadline=None)
@given(st.text(), st.integers(0, 50))
def test_text_may_be_cleaned_piece_by_piece(text: str, cut: int) -> None:
    assert plain(text[:cut]) + plain(text[cut:]) == plain(text)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from("\n\t👩‍💻é")))
def test_other_text_is_kept(text: str) -> None:
    assert plain(text) == text


def test_a_diff_for_another_program_keeps_every_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lost otherwise: a diff of a file with CRLF or form feeds that `git apply` takes."""
    say_exactly("+a\r\n+\fb\x1b é\n")
    assert capfdbinary.readouterr().out == "+a\r\n+\fb\x1b é\n".encode()


def test_a_table_is_as_wide_as_its_cells_and_one_line_a_row() -> None:
    text = table(("id", "count"), [("a\nb", "1"), ("longer", "1,000")], right=frozenset({1}))
    assert text == "id      count\na b         1\nlonger  1,000"
