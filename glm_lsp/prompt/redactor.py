"""Tokens that stand for secrets in what is sent.

A token is `GLM_SECRET_<n>_<nonce>` and stands alone (no ASCII letter, digit or underscore beside it), so that one that
grew into a name can be told from one that did not: see `context.receipt`.
"""

from __future__ import annotations

import re
import secrets
import string
import threading
from collections.abc import Iterable, Iterator
from itertools import islice

from glm_lsp.context.receipt import LOOKALIKE

Bounds = tuple[int, int]
"""Half-open, in characters."""

_TOKEN = re.compile(r"GLM_SECRET_[1-9]\d*_[0-9a-f]{12}(?!\w)", re.ASCII)
_WORD_CHARACTERS = string.ascii_letters + string.digits + "_"
_REST_OF_WORD = re.compile(r"\w*+", re.ASCII)

# Where a known secret stands with nothing to give it away: as a whole word, or as all there is between two quotes.
_ALONE = (re.compile(r"[\w+/.~!$%^&*#=-]{8,}+", re.ASCII), re.compile(r"[^\"'`\n]{8,}+"))

HALF_A_CHARACTER = re.compile("[\ud800-\udfff]++")
"""Half of a surrogate pair, which an editor's JSON can carry. A model cannot write one, and would put another character
in its place; as a token it comes back as it was."""

_BETWEEN_LINES = re.compile(r"\s+|\\[nr]")
_LINE_OF_A_KEY = 16
_LONGEST_KEY = 20_000
_DIGIT = re.compile(r"\d")


class Redactor:
    """Keeps which token stands for which secret. One per process and workspace: the same secret has the same token in
    every request, so prompts stay cacheable and a refinement can speak of it. May be used from several threads. Its
    repr shows no secret."""

    def __init__(self, nonce: str = "") -> None:
        """`nonce`: twelve hexadecimal digits; random if not given."""
        self.nonce = nonce or secrets.token_hex(6)
        self._tokens: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._pieces: set[str] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._tokens)} secrets>"

    def token(self, secret: str) -> str:
        with self._lock:
            if secret not in self._tokens:
                token = f"GLM_SECRET_{len(self._tokens) + 1}_{self.nonce}"
                self._secrets[token] = secret
                self._tokens[secret] = token
                self._pieces.update(_lines(secret))
            return self._tokens[secret]

    def tokens(self, text: str) -> dict[str, str]:
        """The tokens of this redactor that stand in `text`, with their secrets, in order."""
        names = (found[0] for found in _TOKEN.finditer(text))
        return {name: self._secrets[name] for name in names if name in self._secrets}

    def suspects(self, text: str, *, ours: bool) -> list[Bounds]:
        """What must not be sent as it stands in `text`, for `standing_alone`.

        `ours`: tokens of this redactor may stand in the text, and stay. Otherwise whatever looks like a token is the
        user's own text and goes the way of a secret, so that it comes back as it was.
        """
        # Their patterns take longer to make than the rest of the server's start.
        from glm_lsp.prompt.secrets import MOST, find

        alike: list[Bounds] = []
        if not ours and "glm" in text.lower():
            alike = [match.span() for match in islice(LOOKALIKE.finditer(text), MOST + 1)]
            if len(alike) > MOST:
                return [(0, len(text))]
        found = [(span.start, span.end) for span in find(text)]
        if not text.isascii():
            found += [match.span() for match in HALF_A_CHARACTER.finditer(text)]
        return list(self._clear_of_tokens(text, found)) if ours else found + alike

    def echoes(self, text: str, *, ours: bool) -> list[Bounds]:
        """Where secrets that have a token stand in `text`, or single lines of theirs, whether or not they are to be
        recognised there."""
        if not self._tokens:
            return []
        with self._lock:
            known = {*self._tokens, *self._pieces}
        found = [match.span() for form in _ALONE for match in form.finditer(text) if match[0] in known]
        return list(self._clear_of_tokens(text, found)) if ours else found

    def replaced(self, text: str, bounds: Iterable[Bounds]) -> str:
        """`text` with a token in place of each of `bounds`, which are in order and apart."""
        parts, at = [], 0
        for start, end in bounds:
            parts += [text[at:start], self.token(text[start:end])]
            at = end
        return "".join((*parts, text[at:]))

    def _clear_of_tokens(self, text: str, bounds: Iterable[Bounds]) -> Iterator[Bounds]:
        kept = [match.span() for match in _TOKEN.finditer(text) if match[0] in self._secrets]
        for start, end in bounds:
            for token_start, token_end in kept:
                if start < token_end and token_start < end:
                    if start < token_start:
                        yield start, token_start
                    start = token_end
            if start < end:
                yield start, end


def _lines(secret: str) -> list[str]:
    """What of a secret of several lines, such as a private key, is one even by itself."""
    if len(secret) > _LONGEST_KEY:
        return []
    words = _BETWEEN_LINES.split(secret)
    return [word for word in words if len(word) >= _LINE_OF_A_KEY and word != secret and _DIGIT.search(word)]


def standing_alone(text: str, bounds: Iterable[Bounds]) -> list[Bounds]:
    """`bounds` in order and apart, grown to where a token can stand alone; those that then touch are one. The letter of
    an escape such as `\\n` is no part of a word."""
    grown: list[Bounds] = []
    for start, end in _joined(bounds):
        floor = grown[-1][1] if grown else 0
        if end <= floor:
            continue
        first = floor + len(text[floor:start].rstrip(_WORD_CHARACTERS))
        if first < start and text[first - 1 : first] == "\\" and text[first].islower():
            first += 1
        rest = _REST_OF_WORD.match(text, end)
        end = rest.end() if rest else end
        if grown and first <= floor:
            grown[-1] = (grown[-1][0], end)
        else:
            grown.append((first, end))
    return grown


def _joined(bounds: Iterable[Bounds]) -> list[Bounds]:
    """In order, with those that overlap or touch made one."""
    result: list[Bounds] = []
    for start, end in sorted(bounds):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result
