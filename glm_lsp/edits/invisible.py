"""Characters a reader cannot see, or that make a line read otherwise than it runs (CVE-2021-42574 and its kin).

They are refused in text the model adds. Where the file has them already they stay, and the joiners and selectors that
emoji families, flags and some scripts are written with are let through in their places.
"""

# ruff: noqa: SIM905 - a table of words reads best as one

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls but tab and line ends
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
_FLAG = "\U0001f3f4"
_JOINING = tuple(
    "ARABIC SYRIAC MONGOLIAN NKO DEVANAGARI BENGALI GUJARATI GURMUKHI KANNADA MALAYALAM ORIYA "
    "SINHALA TAMIL TELUGU KHMER "
    "MYANMAR".split()
)
"""Beginnings of the names of letters that joiners stand between."""


def added(base: str, intended: str) -> str:
    """The first kind of hidden character that `intended` has more of than `base`, named for a person; "" if none."""
    if intended.isascii() and not _HIDDEN.search(intended):
        return ""
    before = Counter(_HIDDEN.findall(base))
    places: dict[str, list[int]] = {}
    for found in _HIDDEN.finditer(intended):
        places.setdefault(found[0], []).append(found.start())
    for character, at in places.items():
        if len(at) > before[character] and sum(not _belongs(intended, place) for place in at) > before[character]:
            return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"
    return ""


def _belongs(text: str, at: int) -> bool:
    """Whether the hidden character at `at` is part of how a visible one is written."""
    character = text[at]
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if character == "\ufe0f":
        return _pictures(before) or (before in "#*0123456789" and after == "\u20e3" and before != "")
    if character == "\u200d":
        return ((_pictures(before) or before == "\ufe0f") and _pictures(after)) or (_joins(before) and _joins(after))
    if character == "\u200c":
        return _joins(before) and _joins(after)
    if "\U000e0020" <= character <= "\U000e007f":
        start = at
        while start > max(0, at - 7) and "\U000e0020" <= text[start - 1] <= "\U000e007e":
            start -= 1
        return start > 0 and text[start - 1] == _FLAG
    return False


def _pictures(character: str) -> bool:
    return character != "" and (
        unicodedata.category(character) == "So"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or character in "\u203c\u2049"
        or character
        in "\u2194\u2195\u2196\u2197\u2198\u2199\u21a9\u21aa\u25aa\u25ab\u25fb\u25fc\u25fd\u25fe\u2934\u2935"
    )


def _joins(character: str) -> bool:
    return character != "" and unicodedata.name(character, "").startswith(_JOINING)
