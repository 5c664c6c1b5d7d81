"""Text from outside, fit to be shown: from a model, a server, a client, a project.

Such text could move a terminal's cursor, rename its window or fill the clipboard (ECMA-48 escape sequences), or read
otherwise than it runs (Unicode's marks of direction).

    plain(text, limit=500) -> str      one short line, for a message
    harmless(text) -> str              the text itself, for a page or a terminal
    printable(name) -> str             a name, whose every character shall be seen
"""

from __future__ import annotations

import re

_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ORDERS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTION}]")
_SEQUENCES = re.compile(
    # OSC, DCS, SOS, PM and APC with their strings, if these end; CSI with its parameters; escapes of two characters.
    # No string holds another introducer, so a row of them is read once.
    "(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x07\x18\x1a\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\\\|\x9c|\x18|\x1a))?"
    "|(?:\x1b\\[|\x9b)[0-?]*+[ -/]*+[@-~]?"
    "|\x1b[ -/]*+[0-~]?"
)
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Printable for Unicode, and yet nothing is seen."""
_READ = 8_192
"""Characters beyond the limit that are looked at: what stands after them could be shown only if these are unseen."""


def plain(text: str, limit: int = 500) -> str:
    """`text` on one line of at most `limit` characters, `…` for the rest; without escape sequences (whole, if they
    end), controls, marks of direction and invisible characters."""
    read = text[: limit + _READ]
    words = "".join(
        " " if character.isspace() else character if character.isprintable() else ""
        for character in _UNSEEN.sub("", _SEQUENCES.sub("", read))
    )
    line = " ".join(words.split())
    if len(line) <= limit and len(read) == len(text):
        return line
    return line[: limit - 1].rstrip() + "…"


def harmless(text: str) -> str:
    """`text` without control characters, tabs and line feeds excepted, and without marks that turn the reading order.
    What was an escape sequence stays as harmless letters, so text may be cut anywhere and cleaned piece by piece."""
    return _ORDERS.sub("", text)


def printable(name: str) -> str:
    """`name` with U+FFFD for each character that a terminal or an editor would not show, or would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name)
