"""What another program reads arrives whole, and what a person reads is a table."""

from __future__ import annotations

import pytest

from glm_lsp.cli.terminal import say_exactly, table


def test_a_diff_for_another_program_keeps_every_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lost otherwise: a diff of a file with CRLF or form feeds that `git apply` takes."""
    say_exactly("+a\r\n+\fb\x1b é\n")
    assert capfdbinary.readouterr().out == "+a\r\n+\fb\x1b é\n".encode()


def test_a_table_is_as_wide_as_its_cells_and_one_line_a_row() -> None:
    text = table(("id", "count"), [("a\nb", "1"), ("longer", "1,000")], right=frozenset({1}))
    assert text == "id      count\na b         1\nlonger  1,000"
