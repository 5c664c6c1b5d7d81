"""The diff a person reads, or gives to `git apply`, is the edit that would have been made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.edits.hunks import diff
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.text.lines import Text

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "ü𝒳\n", "\f\n"]), max_size=30)
TEXTS = st.builds(lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "end", "\\"]))


def proposal(before: str, after: str) -> Proposal:
    base, intended = Text.of(before), Text.of(after)
    return Proposal((FileEdit("file:///w/f", 1, base, intended, diff(base, intended)),))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TEXTS, after=TEXTS)
def test_git_applies_the_diff(tmp_path: Path, before: str, after: str) -> None:
    if before == after or not before:
        return
    (tmp_path / "f").write_bytes(before.encode())
    patch = unified(proposal(before, after), lambda _: "f")
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=tmp_path, input=patch.encode(), check=True, capture_output=True)
    assert (tmp_path / "f").read_bytes().decode() == after


def test_distant_changes_stand_in_groups_of_their_own() -> None:
    before = "".join(f"line {number}\n" for number in range(30))
    after = before.replace("line 3\n", "LINE 3\n").replace("line 25\n", "LINE 25\n")
    patch = unified(proposal(before, after), lambda _: "f.py")
    assert patch.startswith("--- a/f.py\n+++ b/f.py\n@@ -1,7 +1,7 @@\n line 0\n")
    assert patch.count("@@ -") == 2


def applied(folder: Path, file: FileEdit) -> None:
    patch = unified(Proposal((file,)), lambda uri: uri.removeprefix("file:///w/"))
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True, capture_output=True)


@pytest.mark.parametrize("text", ["one\ntwo\n", "no end", ""])
def test_a_file_that_is_deleted_is_shown_whole_and_git_deletes_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "gone.py").write_text(text)
    applied(tmp_path, FileEdit("file:///w/gone.py", None, Text.of(text), Text.of(""), (), "delete"))
    assert not (tmp_path / "gone.py").exists()


@pytest.mark.parametrize("after", ["one\ntwo\n", "one\n2\n"])
def test_git_moves_a_file_that_is_renamed_with_or_without_changes(tmp_path: Path, after: str) -> None:
    (tmp_path / "old.py").write_text("one\ntwo\n")
    base, intended = Text.of("one\ntwo\n"), Text.of(after)
    hunks = diff(base, intended)
    applied(tmp_path, FileEdit("file:///w/old.py", None, base, intended, hunks, "rename", "file:///w/new.py"))
    assert not (tmp_path / "old.py").exists()
    assert (tmp_path / "new.py").read_text() == after


@pytest.mark.parametrize("text", ["one\ntwo\n", ""])
def test_git_makes_a_file_that_is_created(tmp_path: Path, text: str) -> None:
    intended = Text.of(text)
    applied(
        tmp_path,
        FileEdit("file:///w/new.py", None, Text.of(""), intended, diff(Text.of(""), intended), "create"),
    )
    assert (tmp_path / "new.py").read_text() == text
