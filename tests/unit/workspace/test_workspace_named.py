"""Files a reply names: none too few, none outside, and no new one over an old one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.paths import matching
from glm_lsp.edits.request import EditRequest
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.ignore import rules
from glm_lsp.workspace.named import may_mean, named, obstacle

NAMES = st.sampled_from(["a", "b", "a.py", "b.py", "ab.py", "a b.py", "é.py", ".x"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@settings(max_examples=examples(300))
@given(st.lists(PATHS, min_size=1, max_size=6, unique=True), PATHS, st.sampled_from(["", "./", "### `", "file: "]))
def test_every_file_an_edit_could_mean_is_found(paths: list[str], written: str, before: str) -> None:
    """Lost otherwise: that a name means two files, and the edit goes into the wrong one."""
    uris = {f"file:///w/{path}": path for path in paths}
    documents = {uri: OpenDocument(uri, "", -1, Text.of("")) for uri in uris}
    ask = EditRequest(documents, None, "workspace", Receipt(files=frozenset(uris)), paths=uris)
    meant = {uris[uri] for uri in matching(written, ask)}
    assert meant <= {path for path in paths if may_mean(f"{before}{written}`", path)}


@pytest.mark.parametrize(
    ("line", "path", "means"),
    [
        ("src/a.py", "src/a.py", True),
        ("a.py", "src/a.py", True),
        ("project/src/a.py", "src/a.py", True),
        ("**./a.py**", "src/a.py", True),
        ("other/a.py", "src/a.py", False),
        ("other/src/a.py", "lib/src/a.py", False),
        ("b.py", "src/a.py", False),
    ],
)
def test_a_line_means_a_file_by_whole_names(line: str, path: str, means: bool) -> None:
    assert may_mean(line, path) == means


def test_only_text_below_the_folder_is_read(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "src").mkdir(parents=True)
    outside.mkdir()
    for path in (root / "src/a.py", outside / "a.py"):
        path.write_text("x = 1\n")
    (root / "link.py").symlink_to(outside / "a.py")
    (root / "data.py").write_bytes(b"\0")
    (root / "folder").symlink_to(outside)
    found = named({"a.py", "link.py", "data.py", "folder/a.py"}, root, rules((root,)))
    assert set(found.paths.values()) == {"src/a.py"}
    assert set(found.unread) == {"link.py", "data.py"}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("new.py", ""),
        ("deep/er/new.py", ""),
        ("SRC/new.py", ""),
        ("src/a.py", "exists already"),
        ("src/A.PY", "exists already"),
        ("src/e\u0301.py", "exists already"),
        ("src", "exists already"),
        ("src/a.py/new.py", "would be below"),
        ("src/A.py/new.py", "would be below"),
        ("dangling", "is not below"),
        ("dangling/new.py", "is not below"),
        ("out/new.py", "is not below"),
        ("../new.py", "is not below"),
        ("../root-evil/new.py", "is not below"),
    ],
)
def test_a_new_file_takes_no_place_that_is_taken(tmp_path: Path, path: str, why: str) -> None:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (tmp_path / "root-evil").mkdir()
    for name in ("a.py", "\u00e9.py"):
        (root / "src" / name).touch()
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    (root / "out").symlink_to(tmp_path / "root-evil")
    assert obstacle(root / path, (root,)).startswith(why)
    assert bool(obstacle(root / path, (root,))) == bool(why)
    assert not os.path.lexists(tmp_path / "nowhere")
