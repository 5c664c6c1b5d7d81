"""The marks that pass between us and the model: what the prompt writes, the reply parser and the stand-in read.

A nonce is letters and digits, fixed per process and workspace, so that a file cannot hold a mark by chance or design.
"""

from __future__ import annotations

import re

SEARCH = "<<<<<<< SEARCH"
DIVIDER = "======="
REPLACE = ">>>>>>> REPLACE"
"""A block, each mark on a line of its own: the lines to find, then the lines that take their place."""

CANNOT = "CANNOT:"
"""At the start of a line of its own, followed by the reason: the structured no."""

SHORTEST_FENCE = 4
"""A fence we ask for is at least this long, so that the usual three backticks inside do not close it."""

REGION_MARK = re.compile(r"[ \t]*<<<GLM_REGION_(START|END)_[0-9A-Za-z]{4,}>>>[ \t]*")

STRAY_MARK = re.compile(
    r"(?:<{5,9}|>{5,9})(?:[ \t]*(?:SEARCH|REPLACE)>?)?[ \t]*|(?:<{7}|>{7}|\|{7})[ \t][^ \t].*"
    r"|\*\*\* (?:Begin|End) Patch[ \t]*|\*\*\* (?:Add|Update|Delete) File: .*"
    r"|[ \t]*</?(?:old|new)_(?:text|string)>[ \t]*|[ \t]*</?think>[ \t]*|[ \t]*<<<GLM_REGION_.*"
)
"""A line that belongs to the form of a reply (or to a merge conflict) and never to new text by accident."""


def region_start(nonce: str) -> str:
    """The line that stands before the region."""
    return f"<<<GLM_REGION_START_{nonce}>>>"


def region_end(nonce: str) -> str:
    """The line that stands after the region."""
    return f"<<<GLM_REGION_END_{nonce}>>>"


def fence_for(text: str) -> str:
    """A run of backticks longer than any in `text`."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    return "`" * max(longest + 1, SHORTEST_FENCE)
