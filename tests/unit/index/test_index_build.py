"""Building the index. If these fail, the model is told of code that is gone, or the server waits for the builder."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glm_lsp.errors import BadInput
from glm_lsp.index import build, store
from glm_lsp.index.builder import Builder
from glm_lsp.index.files import listed
from glm_lsp.index.query import Index

FILES = {
    "shop/__init__.py": "",
    "shop/till.py": "from shop.item import Item\n\ndef pay(item: Item) -> int:\n    return item.price\n",
    "shop/item.py": "class Item:\n    price = 1\n",
    "web/app.ts": "export function start() {}\n",
    "notes.md": "pay\n",
    "data.json": '{"pay": 1}',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


@pytest.fixture
def database(tmp_path: Path, folder: Path) -> Path:
    return store.database(tmp_path / "state", folder)


def names(database: Path, folder: Path, *wanted: str) -> set[tuple[str, str]]:
    index = Index.open(database, folder)
    found = {(one.path, one.definition.qualified) for one in index.definitions_of(wanted)}
    index.close()
    return found


def test_the_first_build_reads_every_source_file(database: Path, folder: Path) -> None:
    assert build.build(database, folder) == 4
    assert names(database, folder, "pay", "price", "start") == {
        ("shop/till.py", "pay"),
        ("shop/item.py", "Item.price"),
        ("web/app.ts", "start"),
    }


def test_nothing_is_read_twice(database: Path, folder: Path) -> None:
    build.build(database, folder)
    assert build.build(database, folder) == 0


def test_what_changed_while_no_server_ran_is_found(database: Path, folder: Path) -> None:
    build.build(database, folder)
    (folder / "shop/item.py").write_text("class Thing:\n    cost = 1\n")
    (folder / "web/app.ts").unlink()
    (folder / "new.py").write_text("def fresh(): pass\n")
    assert build.build(database, folder) == 2
    assert names(database, folder, "Item", "Thing", "start", "fresh") == {
        ("shop/item.py", "Thing"),
        ("new.py", "fresh"),
    }


def test_a_saved_file_is_read_again(database: Path, folder: Path) -> None:
    build.build(database, folder)
    (folder / "shop/item.py").write_text("class Other: pass\n")
    (folder / "web/app.ts").unlink()
    assert build.update(database, folder, ["shop/item.py", "web/app.ts", "notes.md", "nowhere.py"]) == 1
    assert names(database, folder, "Item", "Other", "start") == {("shop/item.py", "Other")}
    index = Index.open(database, folder)
    assert index.mentioning("Other") == ("shop/item.py",)
    assert index.mentioning("price") == ("shop/till.py",)
    index.close()


def test_an_interrupted_build_goes_on_where_it_stopped(
    database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build.read
    seen: list[str] = []

    def dies(folder: Path, path: str) -> store.Contents | None:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(path)
        return whole(folder, path)

    monkeypatch.setattr(build, "BATCH", -1)  # each file is a transaction
    monkeypatch.setattr(build, "read", dies)
    with pytest.raises(KeyboardInterrupt):
        build.build(database, folder)
    index = Index.open(database, folder)
    assert not index.complete()
    assert set(index.files()) == set(seen)
    index.close()
    monkeypatch.setattr(build, "read", whole)
    assert build.build(database, folder) == 4 - len(seen)
    index = Index.open(database, folder)
    assert index.complete()
    index.close()


@pytest.mark.parametrize("content", [b"not a database", b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_broken_database_is_built_anew(database: Path, folder: Path, content: bytes) -> None:
    database.parent.mkdir(parents=True)
    database.write_bytes(content)
    index = Index.open(database, folder)
    assert index.definitions_of(["pay"]) == ()
    index.close()
    assert build.build(database, folder) == 4
    assert names(database, folder, "pay")


def test_a_database_of_another_version_is_built_anew(database: Path, folder: Path) -> None:
    build.build(database, folder)
    connection = sqlite3.connect(database)
    connection.execute(f"PRAGMA user_version = {store.VERSION + 1}")
    connection.close()
    assert names(database, folder, "pay") == set()
    assert build.build(database, folder) == 4


def test_an_index_full_of_what_is_gone_is_built_anew(
    database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that is used for months would grow without end."""
    build.build(database, folder)
    monkeypatch.setattr(store, "worn", lambda connection: True)
    assert build.build(database, folder) == 4
    index = Index.open(database, folder)
    assert index.mentioning("price") == ("shop/item.py", "shop/till.py")
    index.close()


def test_nobody_else_may_read_it(database: Path, folder: Path) -> None:
    """It holds lines of the user's code."""
    build.build(database, folder)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


def test_files_that_are_no_source_do_no_harm(database: Path, folder: Path) -> None:
    (folder / "binary.py").write_bytes(b"\0\1\2")
    (folder / "latin.py").write_bytes("é = 1".encode("latin-1"))
    (folder / "huge.py").write_text("x = 1\n" * 200_000)
    (folder / "link.py").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.py")
    build.build(database, folder)
    index = Index.open(database, folder)
    assert {"huge.py", "link.py", "pipe.py"} & set(index.files()) == set()
    assert index.outline("binary.py") == index.outline("latin.py") == ()
    index.close()


def test_two_servers_may_build_at_once(database: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "glm_lsp.index", str(database), str(folder)]
    builders = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    results = [(builder.communicate(timeout=60)[1], builder.returncode) for builder in builders]
    assert results == [(b"", 0), (b"", 0)]
    assert names(database, folder, "pay") == {("shop/till.py", "pay")}


def test_readers_are_not_kept_waiting_by_a_writer(database: Path, folder: Path) -> None:
    """A request that asks while a batch is written gets what was there before."""
    build.build(database, folder)
    with store.writing(database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM definitions")
        assert names(database, folder, "pay") == {("shop/till.py", "pay")}
        connection.execute("ROLLBACK")


def test_the_builder_follows_what_is_saved(database: Path, folder: Path) -> None:
    builder = Builder(database, folder)
    builder.start()
    try:
        until(lambda: names(database, folder, "pay"))
        (folder / "shop/item.py").write_text("class Renamed: pass\n")
        builder.changed([folder / "shop/item.py", Path("/elsewhere/x.py")])
        until(lambda: names(database, folder, "Renamed"))
    finally:
        builder.close()
    builder.changed([folder / "notes.md"])  # starts it again
    builder.close()


def test_the_builder_imports_nothing_from_the_folder_it_runs_in(
    database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a folder must not run a line of it."""
    (folder / "sqlite3.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(folder)
    builder = Builder(database, folder)
    builder.start()
    try:
        until(lambda: names(database, folder, "pay"))
    finally:
        builder.close()
    assert not (folder / "ran").exists()


def until(done: object) -> None:
    deadline = time.monotonic() + 30
    while not done():  # type: ignore[operator]  # a lambda of the test
        assert time.monotonic() < deadline
        time.sleep(0.02)  # another process gives no event


def test_git_decides_which_files_count(folder: Path) -> None:
    (folder / ".gitignore").write_text("web/\n")
    walked = set(listed(folder))
    assert "web/app.ts" in walked
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", str(folder)], check=True)
    assert set(listed(folder)) == walked - {"web/app.ts"}


def test_a_repository_starts_no_program_of_its_own(folder: Path) -> None:
    """A folder that was only downloaded must not run anything because it is opened."""
    subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q", str(folder)], check=True)
    hook = folder / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
    hook.chmod(0o700)
    subprocess.run(["git", "-C", str(folder), "config", "core.fsmonitor", str(hook)], check=True)
    assert "hook.sh" in set(listed(folder))
    assert not (folder / "ran").exists()


def test_without_git_folders_of_made_files_are_left_out(folder: Path) -> None:
    for name in ("node_modules/a.js", ".cache/b.py", "src/node_modules/c.js"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("x")
    assert set(listed(folder)) == set(FILES)


def test_importing_the_reading_side_loads_no_database_and_no_grammar() -> None:
    """The server answers `initialize` before it asks the index anything."""
    script = "import sys, glm_lsp.index.uses; print('sqlite3' in sys.modules, 'tree_sitter' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False False"


def test_nothing_is_read_through_a_link_whatever_git_lists(tmp_path: Path, folder: Path, database: Path) -> None:
    """Otherwise an unpacked archive, whose index of git lists files where a link stands now, has the user's own files
    read and sent."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "add", "-A"], check=True)
    (folder / "shop").rename(tmp_path / "private")
    (folder / "shop").symlink_to(tmp_path / "private")
    assert "shop/item.py" in set(listed(folder)), "git does not list it"
    build.build(database, folder)
    assert not names(database, folder, "Item")
    build.update(database, folder, ["shop/item.py"])
    assert not names(database, folder, "Item")


def test_a_file_that_a_link_has_come_to_lead_to_is_forgotten(tmp_path: Path, folder: Path, database: Path) -> None:
    build.build(database, folder)
    assert names(database, folder, "Item")
    (folder / "shop").rename(tmp_path / "private")
    (folder / "shop").symlink_to(tmp_path / "private")
    index = Index.open(database, folder)
    with pytest.raises(BadInput, match="link"):
        index.text("shop/item.py")
    index.close()
    build.update(database, folder, ["shop/item.py"])
    assert not names(database, folder, "Item")
