"""FILE[:A[-B]]: the lines a person counts are the lines that are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from glm_lsp.cli.place import Place, parse
from glm_lsp.errors import BadInput
from glm_lsp.text.lines import Range, Text

WRITTEN = {
    "a.py": Place(Path("a.py")),
    "a.py:3": Place(Path("a.py"), 3),
    "a.py:3-5": Place(Path("a.py"), 3, 5),
    "a.py:3-3": Place(Path("a.py"), 3, 3),
    "dir/a:b.py": Place(Path("dir/a:b.py")),
    "a:1:2": Place(Path("a:1"), 2),
    "a:b:7-9": Place(Path("a:b"), 7, 9),
    "a.py:": Place(Path("a.py:")),
    "a.py:x": Place(Path("a.py:x")),
    "a.py:-5": Place(Path("a.py:-5")),
    "a.py:3-": Place(Path("a.py:3-")),
    "a.py:٣": Place(Path("a.py:٣")),
    ":3": Place(Path(":3")),
    "/abs/ü n.py:10": Place(Path("/abs/ü n.py"), 10),
    "new\nline:2": Place(Path("new\nline"), 2),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_places(written: str) -> None:
    assert parse(written) == WRITTEN[written]


@pytest.mark.parametrize("written", ["a.py:0", "a.py:0-3", "a.py:5-4"])
def test_places_that_cannot_be(written: str) -> None:
    with pytest.raises(BadInput, match="line"):
        parse(written)


def test_a_file_whose_name_ends_like_lines_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse("notes:12") == Place(Path("notes"), 12)
    Path("notes:12").touch()
    assert parse("notes:12") == Place(Path("notes:12"))
    assert parse("notes:12:3-4") == Place(Path("notes:12"), 3, 4)


SPANS = [
    # text             first last  span
    ("a\nb\nc\n", None, None, ((0, 0), (3, 0))),
    ("a\nb\nc\n", 1, None, ((0, 0), (0, 0))),
    ("a\nb\nc\n", 2, 2, ((1, 0), (2, 0))),
    ("a\nb\nc\n", 1, 3, ((0, 0), (3, 0))),
    ("a\nb\nc", 2, 3, ((1, 0), (2, 1))),
    ("a\r\nb\rc\n", 2, 3, ((1, 0), (3, 0))),
    ("a\fb\nc\n", 2, 2, ((1, 0), (2, 0))),
    ("", 1, None, ((0, 0), (0, 0))),
    ("", None, None, ((0, 0), (0, 0))),
]


@pytest.mark.parametrize(("text", "first", "last", "span"), SPANS)
def test_spans(text: str, first: int | None, last: int | None, span: Range) -> None:
    assert Place(Path("f"), first, last).span(Text.of(text)) == span


@pytest.mark.parametrize(("first", "last"), [(4, None), (2, 4), (9, 9)])
def test_lines_past_the_end_are_an_error_and_not_the_last_line(first: int, last: int | None) -> None:
    with pytest.raises(BadInput, match="has 3 lines"):
        Place(Path("f"), first, last).span(Text.of("a\nb\nc\n"))
