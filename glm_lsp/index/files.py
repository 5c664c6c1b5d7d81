"""Which files of a folder are indexed.

Only their names and places are read here. What may be sent is decided elsewhere, by the gate; the index keeps ignored
files out because they are noise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from glm_lsp.syntax.languages import LANGUAGES, language, of_suffix
from glm_lsp.workspace import listing
from glm_lsp.workspace.ignore_git import read_patterns
from glm_lsp.workspace.ignore_patterns import Patterns

MAX_BYTES = 1_000_000
"""Larger files are data or generated."""
UNINDEXED = frozenset({"json", "jsonc", "yaml", "toml", "html", "css"})
"""Languages that have a grammar, but whose names no code refers to."""
_SKIPPED = frozenset(
    {
        "node_modules",
        "bower_components",
        "vendor",
        "venv",
        "env",
        "__pycache__",
        "site-packages",
        "build",
        "dist",
        "target",
        "out",
        "coverage",
    }
)


def indexed_language(path: str) -> str:
    """The `languageId` a file is indexed as; empty for a file that is not."""
    id_ = of_suffix(os.path.splitext(path)[1])
    return id_ if id_ and language(id_).grammar and id_ not in UNINDEXED else ""


def indexed_suffixes() -> tuple[str, ...]:
    """How the names of indexed files end: `.py`, …"""
    return tuple(suffix for row in LANGUAGES for suffix in row.suffixes if indexed_language(f"a{suffix}"))


def listed(folder: Path) -> Iterator[str]:
    """The files git knows or would add; without git all but those in folders that are hidden or usually made, not
    written; none that `.glm/ignore` names. Symbolic links are not followed."""
    return _kept(folder, listing.listed(folder, _enters))


def chosen(folder: Path, paths: Sequence[str]) -> frozenset[str]:
    """Those of `paths` that `listed` would give."""
    return frozenset(_kept(folder, listing.chosen(folder, paths, _enters)))


def _enters(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED


def _kept(folder: Path, paths: Iterable[str]) -> Iterator[str]:
    patterns = read_patterns(folder / ".glm" / "ignore", fold=True)
    if isinstance(patterns, Patterns) and patterns.lines:
        yield from (path for path in paths if not patterns.ignores(path.split("/")))
    else:
        yield from paths
