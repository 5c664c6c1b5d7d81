"""Suggestions in a reply: from the arguments of a function call, from JSON in the text, or from a plain list.

What is read here is only what the model said; whether it fits the text it speaks of is seen to elsewhere.

    suggested(text, calls=()) -> tuple[Suggested, ...] | None
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 65_536
"""Characters of a text that are read."""
MOST_OPENINGS = 200
"""Places in a text at which JSON is looked for."""

_OPENING = re.compile(r"[{\[]")
_ITEM = re.compile(r"^ {0,3}(?:\d{1,2}[.)]|[-*•])\s+(\S.*)$")
_TITLE = re.compile(r"\*\*(?P<bold>.+?)\*\*[:.]?|(?P<words>.+?)(?=\s+[—–-]\s|:\s|\.\s|$)")


@dataclass(frozen=True, slots=True)
class Suggested:
    """One suggestion in the model's words. `quote`: the lines it is about, as the model copied them; may be empty."""

    title: str
    why: str
    quote: str
    instruction: str


def suggested(text: str, calls: Sequence[str] = ()) -> tuple[Suggested, ...] | None:
    """The suggestions of a reply: `text` is what it said, `calls` the arguments of the functions it called, as JSON.
    None if it holds none and does not say that there are none. What lacks a title or an instruction is left out."""
    called, written = _in_json(calls), _in_json([text])
    found = called or written
    if found:
        return found
    return () if (called, written) != (None, None) else tuple(_listed(text[:LONGEST])) or None


def _in_json(sources: Sequence[str]) -> tuple[Suggested, ...] | None:
    """Those that stand in `sources` as JSON; None if no source speaks of suggestions."""
    lists = [_entries(value) for source in sources for value in _values(source[:LONGEST])]
    known = [entries for entries in lists if entries is not None]
    if not known:
        return None
    return tuple(one for entries in known for entry in entries if (one := _of(entry)) is not None)


def _values(text: str) -> Iterator[Any]:
    """The JSON values in `text`, one after the other; of one that is broken, those inside it that are whole."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(MOST_OPENINGS):
        opening = _OPENING.search(text, at)
        if opening is None:
            return
        try:
            value, at = decoder.raw_decode(text, opening.start())
            yield value
        except (ValueError, RecursionError):
            at = opening.end()


def _entries(value: Any) -> list[Any] | None:
    """The list of suggestions that `value` is or holds; None if it has nothing to do with any."""
    if isinstance(value, Mapping):
        inside = value.get("suggestions")
        if isinstance(inside, list):
            return inside
        return [value] if "title" in value else None
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "title" in one for one in value):
        return value
    return None


def _of(entry: Any) -> Suggested | None:
    if not isinstance(entry, Mapping):
        return None
    title, instruction = _words(entry.get("title")), _words(entry.get("instruction"))
    if not title or not instruction:
        return None
    return Suggested(title, _words(entry.get("why")), _words(entry.get("quote"), strip=False), instruction)


def _words(value: Any, *, strip: bool = True) -> str:
    """A string, or a list of lines, as one text."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        return ""
    return value.strip() if strip else value


def _listed(text: str) -> Iterator[Suggested]:
    """The items of a plain list: the first words are the title, the whole is the instruction."""
    items: list[list[str]] = []
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            continue
        elif item := _ITEM.match(line):
            items.append([item[1]])
        elif items and line.startswith((" ", "\t")):
            items[-1].append(line.strip())
    for lines in items:
        whole = " ".join(lines)
        head = _TITLE.match(whole)
        title = (head["bold"] or head["words"]) if head else whole
        why = whole[head.end() :] if head else ""
        instruction = whole.replace("**", "")
        if " " in title.strip():
            yield Suggested(title.strip(" .:"), why.strip(" .:—–-"), "", instruction)
