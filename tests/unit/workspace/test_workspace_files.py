"""Files are read whole or not at all, and written the same way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from glm_lsp.errors import BadInput, Failed
from glm_lsp.workspace.files import read, write


@pytest.mark.parametrize("text", ["", "a\r\nb\rc\n", "\ufeffa", "é\u2028漢\f\n", "no end"])
def test_text_is_read_and_written_as_it_is(tmp_path: Path, text: str) -> None:
    """Otherwise line ends, a byte order mark or a form feed are lost."""
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode())
    assert read(file) == text
    write(file, text)
    assert file.read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a\0b", "not a text file"),
        (b"\xff\xfea\0", "not a text file"),
        (b"caf\xe9", "not UTF-8"),
        (b"x" * 11, "larger"),
    ],
)
def test_what_is_no_text_or_too_much_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    with pytest.raises(BadInput, match=why):
        read(file, limit=10)


def test_a_pipe_or_folder_or_nothing_is_no_file(tmp_path: Path) -> None:
    """Otherwise reading waits for ever."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing", "nul\0", "x" * 300):
        with pytest.raises(BadInput):
            read(tmp_path / name)
    with pytest.raises(BadInput):
        read(Path("/dev/zero"))


def test_writing_keeps_the_mode_and_the_link(tmp_path: Path) -> None:
    """Otherwise a script is no longer executable, or a private file is public."""
    file = tmp_path / "run.sh"
    file.write_text("old")
    file.chmod(0o750)
    (tmp_path / "link").symlink_to(file)
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o750
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "run.sh"]


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder" / "a.txt", "x")
    (tmp_path / "plain").write_text("x")
    assert (tmp_path / "new" / "folder" / "a.txt").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("text", ["\ud800", "new"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Failed):
        write(file, text)
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
