"""Names that read as others: an identifier with a letter of another alphabet that looks the same (CVE-2021-42694).

    added(base, intended, language) -> tuple[str, ...]      a sentence for each the edit adds

Only letters that are drawn alike in every common font count. Names that are wholly of another alphabet are what they
seem, unless the file has the same name in Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from glm_lsp.text.lines import Text

MOST = 3
"""Names that are told of."""

_LATIN = str.maketrans(
    dict(zip("асеорхуіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅԌԚԜҺӀ", "aceopxyijsdqwhlABEKMHOPCTYXIJSGQWHl", strict=True))
    | dict(zip("οϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϿ", "ocjABEZHIKMNOPTYXCJ", strict=True))
    | dict(zip("օսհոցԼՏՕ", "ouhngLSO", strict=True))
)
"""Cyrillic, Greek and Armenian letters → the Latin ones they look like (after Unicode TR 39)."""
_WORD = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[^\W\d_]+")


def added(base: Text, intended: Text, language: str) -> tuple[str, ...]:
    """A sentence for each name of `intended` that `base` has not, and that reads as another: it mixes alphabets within
    a word by letters that look alike, or is another name of the file but for such letters."""
    if intended.string.isascii():
        return ()
    suspects = {word for word in _WORD.findall(intended.string) if _like(word)} - set(_WORD.findall(base.string))
    if not suspects:
        return ()
    names, were = _names(intended, language), _names(base, language)
    plain = {name for name in names | were if name.isascii()}
    sentences = (_sentence(name, plain) for name in sorted(suspects & names - were))
    return tuple(islice(filter(None, sentences), MOST))


def _sentence(name: str, plain: set[str]) -> str:
    read = unicodedata.normalize("NFKC", name).translate(_LATIN)
    letter = next(letter for letter in name if ord(letter) in _LATIN)
    named = f"U+{ord(letter):04X} ({unicodedata.name(letter)})"
    if read in plain:
        return f"The edit adds the name `{name}`, which looks like `{read}` and is another: it has {named}."
    mixed = any(_like(part) and any(map(_is_latin, part)) for part in _PART.findall(name))
    return f"The edit adds the name `{name}`, which mixes alphabets: it has {named}." if mixed else ""


def _names(text: Text, language: str) -> set[str]:
    """The identifiers of `text`; without a grammar, all its words."""
    from glm_lsp.syntax.tree import identifiers, parse

    tree = parse(text, language)
    if tree is None:
        return set(_WORD.findall(text.string))
    return {found.name for found in identifiers(tree, 0, len(text.lines))}


def _like(text: str) -> bool:
    return any(ord(letter) in _LATIN for letter in text)


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
