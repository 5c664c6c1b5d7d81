"""A saved reply applied from the shell: what is certainly meant is written, all of it; else nothing, and why."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from replies_on_disk import check, files
from reply_cases import Case, all_cases

from glm_lsp.cli.main import main
from glm_lsp.errors import Failed
from glm_lsp.workspace import files as disk


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, and this process in another one."""
    folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return folder


@pytest.fixture
def apply(run: Run, root: Path, tmp_path: Path) -> Run:
    """`glm-lsp apply` of a reply, given as text or bytes, below `root`."""

    def call(reply: str | bytes, *arguments: str) -> Ran:
        path = tmp_path / "reply.md"
        path.write_bytes(reply.encode() if isinstance(reply, str) else reply)
        return run("apply", str(path), "--root", str(root), *arguments)

    return call


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


def lay(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize("case", all_cases()[::12], ids=lambda case: case.name)
def test_a_saved_reply_means_what_it_means_in_the_editor(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLM_LSP_CONFIG", os.devnull)
    check(case, tmp_path, lambda arguments: main(["apply", *arguments]))


def test_without_write_comes_a_diff_that_git_takes(apply: Run, root: Path) -> None:
    lay(root, src__a_py="x = 1\ny = 1\n", src__b_py="x = 1\n")
    code, out, err = apply(block("src/a.py", "x = 1\n", "x = 2\n"))
    assert (code, err) == (0, "")
    assert files(root)["src/a.py"] == b"x = 1\ny = 1\n"
    subprocess.run(["git", "apply"], cwd=root, input=out, text=True, check=True)
    assert files(root) == {"src/a.py": b"x = 2\ny = 1\n", "src/b.py": b"x = 1\n"}


def test_several_files_are_written_and_named(apply: Run, root: Path) -> None:
    lay(root, src__a_py="x = 1\n", src__b_py="x = 1\r\n")
    code, out, err = apply(block("src/a.py", "x = 1\n", "x = 2\n") + block("b.py", "x = 1\n", "x = 2\n"), "--write")
    assert (code, out) == (0, "")
    assert f"{root / 'src/a.py'} is written." in err
    assert files(root) == {"src/a.py": b"x = 2\n", "src/b.py": b"x = 2\r\n"}


def test_a_reply_that_fits_in_part_writes_nothing(apply: Run, root: Path) -> None:
    lay(root, a_py="x = 1\n", b_py="x = 1\n")
    code, out, err = apply(block("a.py", "x = 1\n", "x = 2\n") + block("b.py", "z = 1\n", "z = 2\n"), "--write")
    assert (code, out) == (1, "")
    assert "not all of it has a certain place" in err
    assert files(root) == {"a.py": b"x = 1\n", "b.py": b"x = 1\n"}


@pytest.mark.parametrize("reply", ["", "   \n", "\0\x1b[31m", "``" * 5000, "<<<<<<< SEARCH\n", "CANNOT: no.\n"])
def test_what_is_no_edit_is_refused_with_a_reason(apply: Run, root: Path, reply: str) -> None:
    lay(root, a_py="x = 1\n")
    code, out, err = apply(reply, "--file", "a.py", "--write")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert files(root) == {"a.py": b"x = 1\n"}


def test_a_reply_that_is_not_text_is_refused(apply: Run, root: Path) -> None:
    lay(root, a_py="x = 1\n")
    for reply in (b"```\nx = \xff\n```\n", bytes(range(256))):
        assert apply(reply, "--file", "a.py", "--write")[::2] == (
            1,
            "glm-lsp: The reply is not UTF-8 text. Nothing was changed.\n",
        )
    assert files(root) == {"a.py": b"x = 1\n"}


def test_a_reply_larger_than_any_model_gives_is_refused(
    apply: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glm_lsp.cli.apply.MOST_BYTES", 1000)
    code, _, err = apply("```\n" + "x\n" * 1000 + "```\n", "--file", "a.py", "--write")
    assert code == 1
    assert "larger" in err
    assert files(root) == {}


def test_the_reply_comes_from_stdin(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(root, a_py="x = 1\n")
    reply = io.TextIOWrapper(io.BytesIO("\ufeff```python\r\nx = 2\r\n```".encode()))
    monkeypatch.setattr(sys, "stdin", reply)
    assert run("apply", "-", "--root", str(root), "--file", "a.py", "--write").code == 0
    assert files(root) == {"a.py": b"x = 2\n"}


@pytest.mark.parametrize(
    ("place", "reply", "after"),
    [
        ("a b.py", "```\ny = 1\n```", "y = 1\n"),
        ("a b.py:2-3", "```\n    z = 1\n```", "def f():\n    z = 1\n\n\nw = 1\n"),
        ("a b.py:2", "```\n    z = 1\n```", "def f():\n    z = 1\n    return x\n\n\nw = 1\n"),
        ("{root}/a b.py", "a b.py\n```\ny = 1\n```", "y = 1\n"),
        ("a b.py:2-2", block("", "w = 1\n", "w = 2\n"), "def f():\n    x = 1\n    return x\n\n\nw = 2\n"),
    ],
)
def test_one_fence_is_for_the_file_or_its_lines(apply: Run, root: Path, place: str, reply: str, after: str) -> None:
    (root / "a b.py").write_text("def f():\n    x = 1\n    return x\n\n\nw = 1\n")
    assert apply(reply, "--file", place.format(root=root), "--write").code == 0
    assert files(root) == {"a b.py": after.encode()}


def test_ends_of_lines_and_of_the_file_stay_as_they_are(apply: Run, root: Path) -> None:
    lay(root, a_py="\ufeffx = 1\r\ny = 1")
    assert apply("```\nx = 2\ny = 1\n```\n", "--file", "a.py", "--write").code == 0
    assert files(root) == {"a.py": "\ufeffx = 2\r\ny = 1".encode()}


def test_a_new_file_that_is_there_with_this_very_text_is_already_applied(apply: Run, root: Path) -> None:
    """Without this a reply that is applied twice looks refused, and one over another text would be lost."""
    reply = "new.py\n````python\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n````\n"
    assert apply(reply, "--write")[0] == 0
    code, out, err = apply(reply, "--write")
    assert (code, out, "so already" in err) == (0, "", True)
    (root / "new.py").write_text("x = 2\n")
    assert apply(reply, "--write")[0] == 1
    assert (root / "new.py").read_text() == "x = 2\n"


def test_a_file_that_does_not_exist_is_made(apply: Run, root: Path) -> None:
    code, out, err = apply("```python\nx = 1\n```", "--file", "new/one file.py")
    assert (code, out) == (0, "--- /dev/null\n+++ b/new/one file.py\n@@ -0,0 +1,1 @@\n+x = 1\n")
    assert "It creates new/one file.py." in err
    assert files(root) == {}
    assert apply("```python\nx = 1\n```", "--file", "new/one file.py", "--write").code == 0
    assert files(root) == {"new/one file.py": b"x = 1\n"}


@pytest.mark.parametrize("reply", ["```\nx = 1\n```", block("a.py", "x = 2\n", "x = 1\n")])
def test_what_is_there_already_is_no_failure_and_says_so(apply: Run, root: Path, reply: str) -> None:
    lay(root, a_py="x = 1\ny_is_long_enough = 1\n" if "SEARCH" in reply else "x = 1\n")
    if "SEARCH" in reply:
        reply = block("a.py", "y_is_long_enough = 2\n", "y_is_long_enough = 1\n")
    before = files(root)
    code, out, err = apply(reply, "--file", "a.py", "--write")
    assert (code, out) == (0, "")
    assert "already" in err
    assert files(root) == before


def test_what_would_be_asked_about_is_said(apply: Run, root: Path) -> None:
    lay(root, Makefile="all:\n\ttrue\n", long_py="".join(f"x{row} = {row}\n" for row in range(40)))
    code, _, err = apply(block("Makefile", "\ttrue\n", "\tfalse\n"), "--write")
    assert (code, files(root)["Makefile"]) == (0, b"all:\n\tfalse\n")
    assert "run commands" in err
    code, _, err = apply("```\nx0 = 0\n```", "--file", "long.py", "--write")
    assert (code, files(root)["long.py"]) == (0, b"x0 = 0\n")
    assert "1 lines where there were 40" in err


@pytest.mark.parametrize("name", ["", "src/"])
def test_a_name_that_may_be_several_files_is_no_name(apply: Run, root: Path, name: str) -> None:
    lay(root, one__src__a_py="x = 1\n", two__src__a_py="x = 1\n")
    before = files(root)
    code, _, err = apply(block(f"{name}a.py", "x = 1\n", "x = 2\n"), "--write")
    assert (code, files(root)) == (1, before)
    assert "may be several" in err
    assert apply(block(f"./two/src/{'a.py'}", "x = 1\n", "x = 2\n"), "--write").code == 0
    assert files(root) == {"one/src/a.py": b"x = 1\n", "two/src/a.py": b"x = 2\n"}


@pytest.mark.parametrize("repository", [True, False])
def test_ignored_files_are_not_touched(apply: Run, root: Path, repository: bool) -> None:
    """The model never saw them, so a reply that names one is mistaken, also when it makes one of that name."""
    if repository:
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    lay(root, made__a_py="x = 1\n", src__b_py="x = 1\n", _env="KEY=1\n")
    (root / ".gitignore").write_text("made/\n")
    for path, old in (("made/a.py", "x = 1\n"), ("a.py", "x = 1\n"), (".env", "KEY=1\n"), ("made/a.py", "")):
        assert apply(block(path, old, "x = 2\n"), "--write").code == 1, path
    assert files(root)["made/a.py"] == b"x = 1\n"
    assert files(root)[".env"] == b"KEY=1\n"


def test_a_project_that_is_ignored_by_one_around_it_is_a_project(apply: Run, root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root.parent)], check=True)
    (root.parent / ".gitignore").write_text("project/\n")
    (root / ".gitignore").write_text("b.py\n")
    lay(root, a_py="x = 1\n", b_py="x = 1\n")
    assert apply(block("a.py", "x = 1\n", "x = 2\n"), "--write").code == 0
    assert apply(block("b.py", "x = 1\n", "x = 2\n"), "--write").code == 1


@pytest.mark.parametrize(
    "path", ["../a.py", "/tmp/a.py", "link/a.py", "src/../../a.py", "A.PY", "a.py/b.py", "gone.py"]
)
def test_nothing_is_made_outside_or_over_a_file(apply: Run, root: Path, path: str) -> None:
    lay(root, a_py="x = 1\n")
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "gone.py").symlink_to(root / "nowhere.py")
    before = files(root)
    assert apply(block(path, "", "x = 2\n"), "--write").code == 1
    assert files(root) == before
    assert list(outside.iterdir()) == []


def test_a_link_out_of_the_folder_is_not_followed(apply: Run, root: Path) -> None:
    secret = root.parent / "secret.py"
    secret.write_text("x = 1\n")
    (root / "a.py").symlink_to(secret)
    assert apply(block("a.py", "x = 1\n", "x = 2\n"), "--write").code == 1
    assert apply("```\nx = 2\n```", "--file", "a.py", "--write").code == 2
    assert secret.read_text() == "x = 1\n"


def test_a_file_that_is_not_text_is_left_alone(apply: Run, root: Path) -> None:
    (root / "a.py").write_bytes(b"x = '\xe9'\n")
    assert apply("```\nx = 2\n```", "--file", "a.py", "--write").code == 1
    code, _, err = apply(block("a.py", "", "x = 2\n"), "--write")
    assert code == 1
    assert "not UTF-8" in err
    assert files(root) == {"a.py": b"x = '\xe9'\n"}


def test_a_disk_that_fails_in_the_middle_leaves_everything_as_it_was(
    apply: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(root, a_py="x = 1\n", b_py="x = 1\n")
    written = disk.write

    def full(path: Path, text: str) -> None:
        if path.name == "b.py":
            raise Failed("The disk is full.")
        written(path, text)

    monkeypatch.setattr(disk, "write", full)
    reply = block("new.py", "", "x = 1\n") + block("a.py", "x = 1\n", "x = 2\n") + block("b.py", "x = 1\n", "x = 2\n")
    code, _, err = apply(reply, "--write")
    assert (code, err.splitlines()[-1]) == (1, "glm-lsp: The disk is full. Nothing was changed.")
    assert files(root) == {"a.py": b"x = 1\n", "b.py": b"x = 1\n"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing"],
        [".", "--root", "."],
        ["reply", "--root", "missing"],
        ["reply", "--file", "a.py:0"],
        ["reply", "--file", "a.py:2-1"],
        ["reply", "--file", "a.py:7-9"],
        ["reply", "--file", "new.py:1-2"],
        ["reply", "--file", "."],
        ["reply", "--file", "/etc/passwd", "--root", "."],
        ["reply", "--file", "../a.py", "--root", "."],
        [],
    ],
)
def test_bad_usage(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(root)
    lay(root, a_py="x = 1\n", reply="```\nx = 2\n```\n")
    code, out, err = run("apply", *arguments)
    assert (code, out) == (2, "")
    assert err


def test_without_a_root_it_is_this_folder_or_the_project_of_the_file(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".git").mkdir()
    lay(root, src__a_py="x = 1\n", b_py="x = 1\n", reply="```\nx = 2\n```\n")
    reply, file = str(root / "reply"), str(root / "src" / "a.py")
    assert run("apply", reply, "--file", file).out.startswith("--- a/src/a.py\n")
    monkeypatch.chdir(root / "src")
    assert run("apply", reply, "--file", "a.py").out.startswith("--- a/a.py\n")
    monkeypatch.chdir(root)
    assert run("apply", reply, "--file", "src/a.py").out.startswith("--- a/src/a.py\n")


def test_a_refusal_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    reply = tmp_path / "reply.md"
    reply.write_text("```python\nx = 2\n```\n")
    assert main(["apply", str(reply), "--root", str(tmp_path), "--write"]) == 1
    assert "Nothing was changed. Mend the reply or ask again; --file says" in capsys.readouterr().err
    assert (tmp_path / "a.py").read_text() == "x = 1\n"
