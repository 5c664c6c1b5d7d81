"""`glm-lsp apply` and the editor's way agree about every reply there is a case for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from replies_on_disk import check
from reply_cases import all_cases

from glm_lsp.cli.main import main


def test_every_saved_reply_means_what_it_means_in_the_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLM_LSP_CONFIG", os.devnull)
    for number, case in enumerate(all_cases()):
        folder = tmp_path / str(number)
        folder.mkdir()
        check(case, folder, lambda arguments: main(["apply", *arguments]))


def test_the_program_itself_applies_a_reply_from_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    command = [sys.executable, "-m", "glm_lsp", "apply", "-", "--root", str(tmp_path), "--write"]
    reply = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
    ran = subprocess.run(command, input=reply, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert file.read_text() == "x = 2\n"
    again = subprocess.run(command, input=reply.replace("x = 1", "z = 1"), capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout, len(again.stderr.splitlines())) == (1, "", 1)
    assert file.read_text() == "x = 2\n"
