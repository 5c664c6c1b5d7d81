"""The plugin applies an edit by itself: all of it or nothing, where it was meant, and it says truly which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from editing import CLIENT, private_environment
from headless_neovim import Neovim

SERVER = Path(__file__).with_name("in_process_server.lua")


@pytest.fixture
def nvim(nvim_program: Path, tmp_path: Path) -> Iterator[Neovim]:
    home = tmp_path / "home"
    home.mkdir()
    with (tmp_path / "nvim-stderr").open("wb") as stderr:
        nvim = Neovim(
            nvim_program, ["--cmd", f"set runtimepath^={CLIENT} noswapfile"], private_environment(home), stderr
        )
        nvim.lua(SERVER.read_text())
        yield nvim
        nvim.close()


def opened(nvim: Neovim, path: Path, content: str) -> int:
    path.write_bytes(content.encode())
    nvim.call("nvim_command", f"edit {path}")
    buffer = nvim.call("nvim_get_current_buf")
    nvim.wait("attach", buf=buffer)
    return int(buffer)


def edit(first: int, last: int, old: str, new: str) -> dict[str, Any]:
    """Lines `first` to `last` (from 0, `last` not included) become `new`."""
    return {
        "range": {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}},
        "oldText": old,
        "newText": new,
    }


def apply(nvim: Neovim, *files: tuple[Path, list[dict[str, Any]]]) -> dict[str, Any]:
    answer = nvim.lua("return server.apply(...)", [{"uri": path.as_uri(), "edits": edits} for path, edits in files])
    assert isinstance(answer, dict)
    return answer


def lines(nvim: Neovim, buffer: int = 0) -> list[str]:
    return list(nvim.call("nvim_buf_get_lines", buffer, 0, -1, True))


TYPED: dict[str, tuple[str, list[str] | None]] = {
    "nothing": ("", ["a", "B", "c", "d"]),
    "on another line": ("4GAx<Esc>", ["a", "B", "c", "dx"]),
    "a line above": ("ggOx<Esc>", ["x", "a", "B", "c", "d"]),
    "two lines above, one taken away": ("ggOx<CR>y<Esc>jdd", ["x", "y", "B", "c", "d"]),
    "a line just above": ("2GOx<Esc>", ["a", "x", "B", "c", "d"]),
    "a line just below": ("2Gox<Esc>", ["a", "B", "x", "c", "d"]),
    "into the line": ("2GAx<Esc>", None),
    "the line away": ("2Gdd", None),
    "into the line and back": ("2GAx<Esc>u", None),
}


@pytest.mark.parametrize(("keys", "expected"), TYPED.values(), ids=TYPED.keys())
@pytest.mark.parametrize("again", [False, True], ids=["first keystroke", "later"])
def test_the_edit_finds_its_lines_though_the_server_lags(
    nvim: Neovim, tmp_path: Path, keys: str, expected: list[str] | None, again: bool
) -> None:
    """Without this an edit made for the text of 150 ms ago overwrites what was typed since."""
    opened(nvim, tmp_path / "a.txt", "a\nb\nc\nd\n")
    if again:
        nvim.press("Gox<Esc>u")
    version = nvim.lua("return server.versions[...]", (tmp_path / "a.txt").as_uri())
    # All in one call, so that the editor cannot tell the server in between what was typed.
    answer, after = nvim.lua(
        """
        local keys, files = ...
        local uri = files[1].uri
        local known = server.versions[uri]
        vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, true, true), 'nx', false)
        server.versions[uri] = known
        return { server.apply(files), vim.api.nvim_buf_get_lines(0, 0, -1, true) }
        """,
        keys,
        [{"uri": (tmp_path / "a.txt").as_uri(), "edits": [edit(1, 2, "b\n", "B\n")]}],
    )
    assert version is not None
    assert answer == ({"applied": True} if expected else {"applied": False, "reason": "the text changed"})
    if expected:
        assert after == expected
    else:
        assert "B" not in after


def test_one_undo_takes_the_edit_back_and_keeps_what_was_typed(nvim: Neovim, tmp_path: Path) -> None:
    """Without this the user's `u` after an edit also takes the words they had just typed."""
    opened(nvim, tmp_path / "a.txt", "a\nb\nc\n")
    nvim.press("GAx")
    assert apply(nvim, (tmp_path / "a.txt", [edit(0, 1, "a\n", "A\n"), edit(1, 2, "b\n", "")])) == {"applied": True}
    assert lines(nvim) == ["A", "cx"]
    nvim.press("y<Esc>u")
    assert lines(nvim) == ["A", "cx"]
    nvim.press("u")
    assert lines(nvim) == ["a", "b", "cx"]


def test_of_two_files_both_are_changed_or_none(nvim: Neovim, tmp_path: Path) -> None:
    """Without this half a rename is written and the code no longer fits together."""
    one = opened(nvim, tmp_path / "one.txt", "a\n")
    two = opened(nvim, tmp_path / "two.txt", "b\n")
    changed = (tmp_path / "one.txt", [edit(0, 1, "a\n", "A\n")])

    answer = apply(nvim, changed, (tmp_path / "two.txt", [edit(0, 1, "not b\n", "B\n")]))
    assert answer == {"applied": False, "reason": "the text changed"}
    assert (lines(nvim, one), lines(nvim, two)) == (["a"], ["b"])

    assert apply(nvim, changed, (tmp_path / "two.txt", [edit(0, 1, "b\n", "B\n")])) == {"applied": True}
    assert (lines(nvim, one), lines(nvim, two)) == (["A"], ["B"])


def test_a_file_that_is_not_open_is_opened_and_compared(nvim: Neovim, tmp_path: Path) -> None:
    """Without this an edit of a second file is lost, or overwrites one that changed on disk."""
    opened(nvim, tmp_path / "one.txt", "a\n")
    (tmp_path / "other.txt").write_text("b\n")
    assert apply(nvim, (tmp_path / "other.txt", [edit(0, 1, "x\n", "B\n")]))["applied"] is False
    assert apply(nvim, (tmp_path / "other.txt", [edit(0, 1, "b\n", "B\n")])) == {"applied": True}
    assert lines(nvim, nvim.call("nvim_call_function", "bufnr", [str(tmp_path / "other.txt")])) == ["B"]
    assert (tmp_path / "other.txt").read_text() == "b\n"


def test_a_new_file_is_a_buffer_nobody_has_saved(nvim: Neovim, tmp_path: Path) -> None:
    """Without this a file the model invents is written to disk before the user has seen it."""
    opened(nvim, tmp_path / "one.txt", "a\n")
    new = {"uri": (tmp_path / "new.txt").as_uri(), "create": True, "edits": [edit(0, 0, "", "b\nc\n")]}
    assert nvim.lua("return server.apply(...)", [new]) == {"applied": True}
    assert lines(nvim, nvim.call("nvim_call_function", "bufnr", [str(tmp_path / "new.txt")])) == ["b", "c"]
    assert not (tmp_path / "new.txt").exists()

    typed = tmp_path / "typed.txt"
    nvim.call("nvim_command", f"edit {typed}")
    nvim.press("iabc<Esc>")
    there = {"uri": typed.as_uri(), "create": True, "edits": [edit(0, 0, "", "b\n")]}
    refused = {"applied": False, "reason": "a buffer of that name has text already"}
    assert nvim.lua("return server.apply(...)", [there]) == refused
    assert lines(nvim) == ["abc"]

    there = {"uri": (tmp_path / "one.txt").as_uri(), "create": True, "edits": [edit(0, 0, "", "b\n")]}
    assert nvim.lua("return server.apply(...)", [there]) == {"applied": False, "reason": "the file is there already"}


ENDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "the last line, with its ending": ("a\nb\n", edit(1, 2, "b\n", "B\nC\n"), "a\nB\nC\n"),
    "the last line away": ("a\nb\n", edit(1, 2, "b\n", ""), "a\n"),
    "a line at the end": ("a\n", edit(1, 1, "", "b\n"), "a\nb\n"),
    "all there is": ("a\nb\n", edit(0, 2, "a\nb\n", "c\n"), "c\n"),
    "an empty line": ("\n", edit(0, 1, "\n", "a\n"), "a\n"),
    "crlf": ("a\r\nb\r\n", edit(0, 1, "a\n", "A\n"), "A\r\nb\r\n"),
    "no final newline": (
        "a\nb",
        {
            "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}},
            "oldText": "b",
            "newText": "B",
        },
        "a\nB",
    ),
    "units of two": (
        "𝒳👩‍👩‍👧é!\n",
        {
            "range": {"start": {"line": 0, "character": 10}, "end": {"line": 0, "character": 11}},
            "oldText": "é",
            "newText": "\x0c",
        },
        "𝒳👩‍👩‍👧\x0c!\n",
    ),
}


@pytest.mark.parametrize(("before", "change", "after"), ENDS.values(), ids=ENDS.keys())
def test_ends_of_files_and_odd_characters_come_out_right(
    nvim: Neovim, tmp_path: Path, before: str, change: dict[str, Any], after: str
) -> None:
    """Without this a file loses its last line, its line ends, or half a character."""
    nvim.call("nvim_command", "set nofixeol")
    opened(nvim, tmp_path / "a.txt", before)
    assert apply(nvim, (tmp_path / "a.txt", [change])) == {"applied": True}
    nvim.call("nvim_command", "noautocmd silent write")
    assert (tmp_path / "a.txt").read_bytes().decode() == after
