"""Writing a proposal from the shell: all of it or none, and never over newer text."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from glm_lsp.cli.write import check, diff, write
from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal
from glm_lsp.errors import Failed, NotApplied, TextChanged
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files
from glm_lsp.workspace.paths import uri_of

Kind = Literal["edit", "create", "rename", "delete"]


def change(path: Path, old: str, new: str, kind: Kind = "edit", to: Path | None = None) -> FileEdit:
    base, intended = Text.of(old), Text.of(new)
    hunks = (Hunk(1, 0, tuple(line for line in base.lines if line), tuple(line for line in intended.lines if line)),)
    return FileEdit(uri_of(path), -1, base, intended, hunks, kind, uri_of(to) if to else "")


def test_every_kind_of_change_is_written(tmp_path: Path) -> None:
    edited, made, moved, gone = (tmp_path / name for name in ("edited", "deep/made", "moved", "gone"))
    for path in (edited, moved, gone):
        path.write_bytes(b"old\r\n")
    edited.chmod(0o755)
    target = tmp_path / "target"
    proposal = Proposal(
        (
            change(edited, "old\r\n", "new\r\n"),
            change(made, "", "made\n", "create"),
            change(moved, "old\r\n", "moved\n", "rename", target),
            change(gone, "old\r\n", "", "delete"),
        )
    )
    assert write(proposal) == [edited, made, target, gone]
    assert edited.read_bytes() == b"new\r\n"
    assert edited.stat().st_mode & 0o777 == 0o755
    assert made.read_text() == "made\n"
    assert target.read_text() == "moved\n"
    assert not moved.exists()
    assert not gone.exists()


def test_nothing_is_written_over_newer_text(tmp_path: Path) -> None:
    """Lost otherwise: what the user saved while the model thought."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old\n")
    second.write_text("saved meanwhile\n")
    with pytest.raises(TextChanged, match="second changed"):
        write(Proposal((change(first, "old\n", "new\n"), change(second, "old\n", "new\n"))))
    assert first.read_text() == "old\n"
    assert second.read_text() == "saved meanwhile\n"


@pytest.mark.parametrize("kind", ["create", "rename"])
def test_no_file_is_overwritten_by_one_that_is_made(tmp_path: Path, kind: Kind) -> None:
    source, there = tmp_path / "source", tmp_path / "there"
    source.write_text("source\n")
    there.write_text("precious\n")
    made = change(there, "", "x\n", kind) if kind == "create" else change(source, "source\n", "x\n", kind, there)
    with pytest.raises(NotApplied, match="exists already"):
        write(Proposal((made,)))
    assert there.read_text() == "precious\n"
    assert source.read_text() == "source\n"


def test_a_file_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(TextChanged):
        write(Proposal((change(tmp_path / "gone", "old\n", "new\n"),)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails", ["write", "move"])
def test_what_was_written_before_a_failure_is_taken_back(
    tmp_path: Path, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a refactoring is worse than none: a full disk in the middle leaves every file as it was."""
    names = ("first", "moved", "gone", "last")
    for name in names:
        (tmp_path / name).write_text(f"old {name}\n")
    (tmp_path / "moved").chmod(0o755)
    if fails == "write":
        written = files.write

        def full(path: Path, text: str) -> None:
            if text == "new last\n":
                raise Failed("The disk is full.")
            written(path, text)

        monkeypatch.setattr(files, "write", full)
    else:
        moved = Path.rename

        def denied(path: Path, to: Path) -> Path:
            if path.name == "gone":
                raise PermissionError(path)
            return moved(path, to)

        monkeypatch.setattr(Path, "rename", denied)
    proposal = Proposal(
        (
            change(tmp_path / "first", "old first\n", "new first\n"),
            change(tmp_path / "gone", "old gone\n", "", "delete"),
            change(tmp_path / "deep" / "er" / "made", "", "made\n", "create"),
            change(tmp_path / "moved", "old moved\n", "new moved\n", "rename", tmp_path / "else" / "where"),
            change(tmp_path / "last", "old last\n", "new last\n"),
        )
    )
    with pytest.raises(Failed, match="Nothing was changed"):
        write(proposal)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: f"old {name}\n" for name in names}
    assert (tmp_path / "moved").stat().st_mode & 0o777 == 0o755


def test_what_could_not_be_taken_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.write_text("old\n")
    written = files.write

    def full(path: Path, text: str) -> None:
        if path == second or text == "old\n":
            raise Failed(f"{path} could not be written.")
        written(path, text)

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(Failed, match=r"second could not be written\. Not all could be taken back\. .*first could not"):
        write(Proposal((change(first, "old\n", "new\n"), change(second, "old\n", "new\n"))))


def test_one_file_under_two_names_is_not_written_twice(tmp_path: Path) -> None:
    """The second write would silently undo the first."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old\n")
    link.symlink_to(real)
    with pytest.raises(NotApplied, match="twice"):
        check(Proposal((change(real, "old\n", "one\n"), change(link, "old\n", "two\n"))), tmp_path)


def test_a_document_that_is_no_file_cannot_be_written(tmp_path: Path) -> None:
    edit = FileEdit("untitled:x", 1, Text.of("a\n"), Text.of("b\n"), ())
    with pytest.raises(NotApplied, match="not a file"):
        write(Proposal((edit,)))


def test_the_diff_names_files_below_the_project(tmp_path: Path) -> None:
    text = diff(Proposal((change(tmp_path / "src" / "a.py", "old\n", "new\n"),)), tmp_path)
    assert text.startswith("--- a/src/a.py\n+++ b/src/a.py\n@@ -1,1 +1,1 @@\n-old\n+new\n")
