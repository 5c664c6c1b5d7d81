"""What is kept for a person to read: replies that were refused, explanations, diffs.

Under random names, the last few of each. Never restored: redaction tokens stand in it as they were sent.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from glm_lsp.state import place

REPLIES = 20
EXPLANATIONS = 50
DIFFS = 20


def keep_reply(state: Path, text: str) -> Path:
    """A reply of the model, as it came."""
    return _keep(state, "replies", "reply-", ".txt", text, REPLIES)


def keep_explanation(state: Path, title: str, markdown: str) -> Path:
    """An explanation; `title` gives the file a name a person recognises."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower())[:40].strip("-")
    return _keep(state, "explanations", f"{stem or 'explanation'}-", ".md", markdown, EXPLANATIONS)


def keep_diff(state: Path, diff: str) -> Path:
    """A unified diff that was not, or not yet, applied."""
    return _keep(state, "diffs", "change-", ".diff", diff, DIFFS)


def _keep(state: Path, kind: str, stem: str, suffix: str, text: str, most: int) -> Path:
    directory = place.folder(state, kind)
    made = place.create(directory, stem, suffix, text)
    for old in [path for path in _by_age(directory, suffix) if path != made][most - 1 :]:
        with suppress(FileNotFoundError):  # another server may be tidying up as well
            old.unlink()
    return made


def _by_age(directory: Path, suffix: str) -> list[Path]:
    ages = []
    for path in directory.iterdir():
        if path.suffix == suffix:
            with suppress(FileNotFoundError):
                ages.append((path.lstat().st_mtime_ns, path))
    return [path for _, path in sorted(ages, reverse=True)]
