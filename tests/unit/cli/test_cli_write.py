"""Writing a proposal from the shell: all of it or none, and never over newer text."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from glm_lsp.cli.edit import diff
from glm_lsp.cli.write import write
from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal
from glm_lsp.errors import Failed, NotApplied, TextChanged
from glm_lsp.text.lines import Text
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


def test_what_was_written_before_a_failure_is_named(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.write_text("old\n")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(Failed, match=r"first had been written before"):
        write(Proposal((change(first, "old\n", "new\n"), change(blocked / "below", "", "x\n", "create"))))
    assert first.read_text() == "new\n"


def test_a_document_that_is_no_file_cannot_be_written(tmp_path: Path) -> None:
    edit = FileEdit("untitled:x", 1, Text.of("a\n"), Text.of("b\n"), ())
    with pytest.raises(NotApplied, match="not a file"):
        write(Proposal((edit,)))


def test_the_diff_names_files_below_the_project(tmp_path: Path) -> None:
    text = diff(Proposal((change(tmp_path / "src" / "a.py", "old\n", "new\n"),)), tmp_path)
    assert text.startswith("--- a/src/a.py\n+++ b/src/a.py\n@@ -1,1 +1,1 @@\n-old\n+new\n")
