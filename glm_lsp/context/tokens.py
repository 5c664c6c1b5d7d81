"""How many tokens a text has, about: no tokenizer of GLM 5.1 is to be had offline.

Its vocabulary extends that of cl100k, which cuts a text into words, runs of punctuation, groups of up to three digits
and runs of white space, and then cuts those that are rare. So the pieces are counted. The weights are fitted to counts
of cl100k over files of seventeen languages; `scripts/bench tokens` measures the error.
"""

from __future__ import annotations

import re

PIECE, NUMBER = 0.82, 1.43
"""Tokens that a piece of a word or of punctuation makes, and one of a number, of white space or a control character."""
CJK, ASTRAL, OTHER = 1.0, 2.7, 1.2
"""Tokens of a character that is not ASCII."""
MARGIN = 0.6
"""The estimate may be this part of the truth, and the wall still holds: files come out between 0.75 and 1.3 of it."""

_PIECE = re.compile(r"[A-Z]?[a-z]{1,8}|[A-Z]{1,4}|[!-/:-@[-^`{-~]{1,4}|_{1,8}")
_NUMBER = re.compile(r"[0-9]{1,3}|\s{2,40}|\n|[\0-\x08\x0e-\x1f\x7f]")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_NOT_ASCII = re.compile("[^\0-\x7f]")


def estimate(text: str) -> int:
    """The tokens of `text`, rounded up; 0 for an empty one."""
    count = PIECE * len(_PIECE.findall(text)) + NUMBER * len(_NUMBER.findall(text))
    if not text.isascii():
        cjk, astral = len(_CJK.findall(text)), len(_ASTRAL.findall(text))
        count += CJK * cjk + ASTRAL * astral + OTHER * (len(_NOT_ASCII.findall(text)) - cjk - astral)
    return int(count) + 1 if text else 0


def bound(estimated: int) -> int:
    """The most tokens there may be where `estimated` were expected: for what must never be too long."""
    return int(estimated / MARGIN) + 1
