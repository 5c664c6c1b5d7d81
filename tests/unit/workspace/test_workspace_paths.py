"""URIs name the file the client means, and a path is inside a folder only if it really is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glm_lsp.workspace.paths import inside, path_of, place_of, shown, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("file://localhost/a/b.py", "/a/b.py"),
        ("file:///a%20b/%C3%A9.py", "/a b/é.py"),
        ("file:///a b/é.py", "/a b/é.py"),
        ("file:///a%23b%3Fc.py", "/a#b?c.py"),
        ("file:///c%3A/x/y.py", "C:/x/y.py"),
        ("file:///C:/x/y.py", "C:/x/y.py"),
        ("file:///a%2Fb", "/a/b"),
        ("untitled:Untitled-1", None),
        ("untitled:/home/u/a.py", None),
        ("vscode-notebook-cell:/w/a.ipynb#W0", None),
        ("git:/w/a.py?ref", None),
        ("file://server/share/a.py", None),
        ("file:a.py", None),
        ("file:///a%00b", None),
        ("file:///\ud800", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_file_a_uri_names(uri: str, path: str | None) -> None:
    """Otherwise the wrong file is read or written."""
    assert path_of(uri) == (Path(path) if path else None)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("file:///w/a.py", "/w/a.py"),
        ("untitled:.env", ".env"),
        ("vscode-notebook-cell:/w/a.ipynb#W0", "/w/a.ipynb"),
        ("vscode-notebook-cell:///w/a%20b.ipynb#W0", "/w/a b.ipynb"),
        ("data:", None),
    ],
)
def test_where_a_document_lives(uri: str, place: str | None) -> None:
    """Otherwise a cell of an ignored notebook leaves."""
    found = place_of(uri)
    assert (found and str(found)) == place


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_there_and_back(name: str) -> None:
    path = Path("/w") / name.lstrip("/")
    assert path_of(uri_of(path)) == path


def test_bytes_that_are_no_text_come_back_too() -> None:
    path = Path(os.fsdecode(b"/w/\xff\xfe.py"))
    assert path_of(uri_of(path)) == path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "ws" / "sub").mkdir(parents=True)
    (tmp_path / "ws-evil").mkdir()
    (tmp_path / "ws" / "out").symlink_to(tmp_path / "ws-evil")
    (tmp_path / "ws" / "dangling").symlink_to(tmp_path / "nowhere" / "x")
    (tmp_path / "ws" / "within").symlink_to("sub")
    (tmp_path / "door").symlink_to("ws")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("ws", True),
        ("ws/a.py", True),
        ("ws/sub/missing/deep.py", True),
        ("ws/within/a.py", True),
        ("door/a.py", True),
        ("ws/sub/../a.py", True),
        ("ws-evil/a.py", False),
        ("ws/../ws-evil/a.py", False),
        ("ws/out/a.py", False),
        ("ws/out/missing/a.py", False),
        ("ws/dangling", False),
        ("ws/dangling/a.py", False),
        ("a.py", False),
    ],
)
def test_inside_is_where_the_links_lead(tree: Path, path: str, held: bool) -> None:
    """Otherwise a link or a twin's name lets a reply write outside the workspace."""
    assert (inside(tree / path, [tree / "ws"]) is not None) is held
    assert (inside(tree / path, [tree / "door"]) is not None) is held


def test_the_innermost_folder_holds(tree: Path) -> None:
    folders = [tree, tree / "ws" / "sub", tree / "ws"]
    assert inside(tree / "ws" / "sub" / "a.py", folders) == tree / "ws" / "sub"


def test_a_path_is_shown_from_its_folder_and_obeys_no_terminal() -> None:
    assert shown(Path("/w/a/b.py"), [Path("/w"), Path("/w/a")]) == "b.py"
    assert shown(Path("/w/a/b.py"), [Path("/w-x")]) == "/w/a/b.py"
    assert shown(Path("/w/\x1b[2Ja\u202e.py"), [Path("/w")]) == "�[2Ja�.py"
