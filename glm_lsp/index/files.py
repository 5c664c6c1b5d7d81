"""Which files of a folder are indexed.

Only their names and places are read here. What may be sent is decided elsewhere, by the gate; the index keeps ignored
files out because they are noise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from glm_lsp.syntax.languages import language, of_suffix
from glm_lsp.workspace import listing

Lister = Callable[[Path], Iterable[str]]
"""The files of a folder, as paths relative to it, with `/`."""

MAX_BYTES = 1_000_000
"""Larger files are data or generated."""
UNINDEXED = frozenset({"json", "yaml", "toml", "html", "css"})
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


def listed(folder: Path) -> Iterator[str]:
    """The files git knows or would add; without git all but those in folders that are hidden or usually made, not
    written. Symbolic links are not followed."""
    return listing.listed(folder, lambda name: not name.startswith(".") and name not in _SKIPPED)
