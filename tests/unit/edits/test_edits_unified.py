"""The diff a person reads, or gives to `git apply`, is the edit that would have been made."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glm_lsp.edits.hunks import diff
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.text.lines import Text

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "ü𝒳\n", "\f\n"]), max_size=30)
TEXTS = st.builds(lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "end", "\\"]))


def proposal(before: str, after: str) -> Proposal:
    base, intended = Text.of(before), Text.of(after)
    return Proposal((FileEdit("file:///w/f", 1, base, intended, diff(base, intended)),))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
