"""The process that builds the index. If these fail, it outlives the editor, dies for good, or reads what is ignored."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from glm_lsp.index import build, store
from glm_lsp.index.__main__ import MANY
from glm_lsp.index.builder import Builder
from glm_lsp.index.files import indexed_language, indexed_suffixes, listed
from glm_lsp.index.query import Index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/a.py").write_text("def first(): pass\n")
    return tmp_path / "project"


@pytest.fixture
def database(tmp_path: Path, folder: Path) -> Path:
    return store.database(tmp_path / "state", folder)


@pytest.fixture
def builder(database: Path, folder: Path) -> Iterator[Builder]:
    builder = Builder(database, folder)
    yield builder
    builder.close()


def files(database: Path, folder: Path) -> set[str]:
    index = Index.open(database, folder)
    found = set(index.files())
    index.close()
    return found


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # another process gives no event


def gone(pid: int) -> bool:
    """Whether the process has ended; who its parent is then may leave it unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def kept_busy(database: Path) -> Iterator[None]:
    """While this holds, a builder waits for its turn to write."""
    database.parent.mkdir(parents=True)
    descriptor = os.open(database.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_when_the_server_is_killed(tmp_path: Path, database: Path, folder: Path, busy: bool) -> None:
    """Else each crash leaves a process behind, which reads a project that nobody has open."""
    server = (
        "import sys\n"
        "from pathlib import Path\n"
        "from glm_lsp.index.builder import Builder\n"
        "builder = Builder(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "builder.start()\n"
        "print(builder.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", server, str(database), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        with kept_busy(database) if busy else nullcontext():
            pid = int(process.stdout.readline())
            if not busy:
                until(lambda: files(database, folder))
            process.kill()
            process.wait()
            until(lambda: gone(pid))


def test_closing_ends_it_whatever_it_is_at(database: Path, builder: Builder) -> None:
    with kept_busy(database):
        builder.start()
        pid = builder.pid
        assert pid is not None
        builder.close()
        until(lambda: gone(pid))


def test_one_that_died_is_started_again_by_the_next_change(database: Path, folder: Path, builder: Builder) -> None:
    builder.start()
    until(lambda: files(database, folder))
    pid = builder.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: builder.pid is None)
    (folder / "b.py").write_text("def second(): pass\n")
    builder.changed([folder / "b.py"])
    assert builder.pid not in (None, pid)
    until(lambda: files(database, folder) == {"a.py", "b.py"})


def test_one_that_failed_is_not_started_again_by_each_save(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no place for the index, or the disk is full: each start would read the whole project in vain."""
    (tmp_path / "state").write_text("no folder")
    builder = Builder(tmp_path / "state/index.sqlite", folder)
    builder.start()
    until(lambda: builder.pid is None)
    builder.changed([folder / "a.py"])
    assert builder.pid is None
    (tmp_path / "state").unlink()
    monkeypatch.setattr("glm_lsp.index.builder.RETRY_SECONDS", 0.0)
    builder.changed([folder / "a.py"])
    until(lambda: files(tmp_path / "state/index.sqlite", folder))
    builder.close()


def test_more_changes_than_are_worth_naming_are_all_found(database: Path, folder: Path, builder: Builder) -> None:
    """As when another branch is checked out."""
    builder.start()
    until(lambda: files(database, folder))
    names = [f"module_{number}.py" for number in range(MANY + 50)]
    for name in names:
        (folder / name).write_text("x = 1\n")
    builder.changed([folder / name for name in names])
    until(lambda: len(files(database, folder)) == len(names) + 1)


def test_a_process_that_cannot_be_started_is_an_error_the_caller_knows(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(OSError, match="no-python"):
        builder.start()
    assert builder.pid is None


IGNORED = ("ignored.py", "node_modules/x.js", "private/key.py")


@pytest.mark.parametrize("git", [False, True])
def test_an_ignored_file_stays_out_of_the_index_also_when_it_is_saved(database: Path, folder: Path, git: bool) -> None:
    """They are noise; and the less is known of them, the less can go wrong."""
    if git:
        subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q", str(folder)], check=True)
        (folder / ".gitignore").write_text("ignored.py\nnode_modules/\n")
    (folder / ".glm").mkdir()
    (folder / ".glm/ignore").write_text("private/\n" if git else "private/\nIgnored.py\n")
    build.build(database, folder)
    for name in (*IGNORED, "src/new.py", "*.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("secret = 1\n")
    assert build.update(database, folder, [*IGNORED, "src/new.py", "*.py", "gone.py"]) == 2
    assert files(database, folder) == set(listed(folder)) & {"a.py", "src/new.py", "*.py"}
    assert not set(IGNORED) & set(listed(folder))


def test_a_file_that_is_ignored_later_leaves_the_index(database: Path, folder: Path) -> None:
    build.build(database, folder)
    (folder / ".glm").mkdir()
    (folder / ".glm/ignore").write_text("a.py\n")
    build.build(database, folder)
    assert files(database, folder) == set()


def test_the_suffixes_to_watch_are_those_of_indexed_files() -> None:
    assert {".py", ".ts", ".go"} <= set(indexed_suffixes())
    assert not {".json", ".jsonc", ".yaml"} & set(indexed_suffixes())
    assert all(indexed_language(f"a{suffix}") for suffix in indexed_suffixes())
