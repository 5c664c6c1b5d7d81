"""Finding secrets in text, in linear time.

    find(text) -> tuple[Span, ...]       in order, apart from each other

Three kinds of evidence, from strong to weak: a form only secrets have (`secret_forms`, a private key block, a password
in a URL), a name that says so (`api_key = "…"`) with a value that looks like one, and a word of 32 characters and more
that no person made up. Every repetition below is bounded or cannot be entered twice at one place, so that a hostile
line costs what an honest one of its length costs. `scripts/bench gate` measures that; `scripts/bench secrets` what is
found of planted secrets, and what of real source text is taken for one.
"""

# ruff: noqa: SIM905 - a list of words reads best as words
from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from glm_lsp.prompt.secret_forms import FORMS

MOST = 1_000
"""Finds in one text. What holds more is a store of secrets or of data, and no model could keep as many tokens apart."""


class Span(NamedTuple):
    """The half-open characters `start` to `end` of a text; `kind` says in a few words what seems to stand there."""

    start: int
    end: int
    kind: str


_URL = re.compile(r"://(?:[^\s:/@\"'`<>]{0,128}):([^\s/@,\"'`<>]{3,256})@")
_KEY_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s\"'`,+#*>|]|\\[nr]|//|[A-Z][A-Za-z-]{3,16}: [^\n\\]{1,80})*+")
_KEY_BODY_BACKWARDS = re.compile(r"(?:[A-Za-z0-9+/=\s\"'`,+#*>|]|[nr]\\)*+")
# A plus sign is of the key, unless it joins strings.
_EDGE = re.compile(r"(?:[\s\"'`,#*>|]|\+(?=[\s\"'`])|\\[nr])*+")
_EDGE_BACKWARDS = re.compile(r"(?:[\s\"'`,#*>|]|\+(?=[\s\"'`])|[nr]\\)*+")
_SHORTEST_KEY = 16
_PUBLIC = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}(?:CERTIFICATE|PUBLIC KEY|SIGNATURE|MESSAGE)[A-Z ]{0,16}-----"
)

_PASSWORD_NAMES = ("password", "passwd", "passphrase", "pwd", "passwort")
_OTHER_NAMES = (
    "secret",
    "token",
    "credential",
    "bearer",
    "_key",
    "api-key",
    "apikey",
    "access-key",
    "accesskey",
    "authkey",
    "privatekey",
    "accountkey",
)
# The names are sought in a lower-case copy, which lets each search begin with a literal.
_ASSIGNED = tuple(
    (
        name,
        re.compile(
            re.escape(name)
            + r"(?P<rest>[\w-]{0,32}+)\\?[\"'`]?\]?"
            + r"(?:[ \t]{0,4}+:[ \t]{0,4}+[\w.|\[\]? ]{1,40}+(?==))?+"
            + r"(?:[ \t]{0,16}+(?::=|=>|={1,3}|:|!=)\s{0,16}+|(?P<loose>[ \t]{0,4}+[,(][ \t]{0,4}+|[ \t]))"
            + r"(?:[a-z@$]{0,2}(?P<quote>\\?[\"'`])(?P<quoted>(?:[^\"'`\n\\]|\\[^\"'`\n]){6,512}+)(?P=quote)"
            + r"|(?<![,(])(?<![,(] )(?=[^\s0-9]{0,32}+[0-9])(?P<bare>[^\s\"'`,;(){}\[\]<>|&\\]{8,512}+))"
        ),
    )
    for name in (*_PASSWORD_NAMES, *_OTHER_NAMES)
)
_UP_TO_A_SPACE = re.compile(r"[^\s\"'`]{0,512}+")
_NOT_THE_SECRET = re.compile(
    r"(?:ur[il]|name|path|file|filename|dir|id|ids|type|kind|field|label|length|len|size|min|max|hint|regex|pattern|policy"
    r"|expiry|expires|expiration|ttl|header|column|param|placeholder|prefix|env|env_?var|endpoint|class|selector"
    r"|ref|version|error|message|title|text|format|algorithm|alg|count|index|at|in)\Z"
)
_REFERENCE = re.compile(
    r"[x*.#?_\- ]+\Z|[<\[{]|&lt;|\$[{(]|\$\w+(?:[/:.-]\w*)*\Z|%[({]|%\w+%|#\{"
    r"|@\w+@\Z|process\.env|os\.environ|env[.:]|vault:|ref\+|op://",
    re.IGNORECASE,
)
"""How a value begins that is none: a blank, a variable, another place."""
_EXAMPLE = re.compile(
    "|".join(
        f"{re.escape(word)}|{re.escape(word.upper())}|{re.escape(word.title())}"
        for word in """
        example placeholder changeme change-me change_me your- your_ dummy redacted insert- insert_ replace- replace_
        ... xxxxxx ***
        """.split()
    )
    + "|[Cc]hangeMe|[Pp]laceHolder"
)
"""What says of a value that it is none. Not in any mixture of cases: one key in some thousands has such a word so."""
_WORDY = re.compile(r"(?:[A-Za-z]*+\d{0,4}+)(?:[-_./:@+ ][A-Za-z]*+\d{0,4}+)*+\Z")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
"""A dotted name of a program."""
_PATH = re.compile(r"/[\w.{}-]+/")
_SIGNS = re.compile(r"[!@#$%^&*+=]")
_NUMBERS = re.compile(r"(?<=[^\W\d_])\d+")
"""Numbers right after a letter."""
_WORDS = re.compile(r"[A-Z]?[a-z]{3,}+|[0-9]{4,}+|[^A-Za-z0-9]+")
_CHANGES = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[A-Za-z])")
_HUMPS = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z][a-z]{2,}|[A-Z]{3,}")
"""Words as names are made of: `Reader`, `get`, `HTTP`."""
_PARTS = re.compile(r"[_-]")
_SHORT_PART = 10
_ITS_OWN_NAME = re.compile(r"(?=\w*(?:password|secret|token|key|credential))[a-z_]\w*\Z", re.IGNORECASE)
_TWO_DIGITS = re.compile(r"[0-9].*?[0-9]")
_HASHES = re.compile(r"(?<![A-Za-z0-9])(?:0x)?(?:[0-9a-f]{7,}|[0-9A-F]{7,})(?![A-Za-z0-9])")
_COMMON = frozenset(
    """
    password passwd pass pwd secret postgres root admin user test guest mysql token pw changeit
    password1 password123 pass123 test123 secret123 passw0rd
    """.split()
)

_LONG = re.compile(r"[A-Za-z0-9+/_=-]{32,}+")
_HALF_A_KEY = re.compile(r"[^A-Za-z0-9]?[0-9a-f]{32}")
_OTHER_HALF = re.compile(r"\.(?=\w{0,15}[A-Z0-9])[A-Za-z0-9]{16}(?!\w)")
"""A key of z.ai: 32 digits, a dot, 16 letters and digits (not `.bundle`, say)."""
_DATA = re.compile(r"sha(?:1|256|384|512)[-=]", re.IGNORECASE)
_DATA_BEFORE = re.compile(r"(?:base64,|sha(?:1|256|384|512)[:=]|h1:|ssh-(?:rsa|ed25519|dss) )\Z", re.IGNORECASE)
_LONGEST = 256


def find(text: str) -> tuple[Span, ...]:
    """The secrets in `text`. Overlapping finds are joined under the first one's kind; a text with more than `MOST`
    finds is one secret as a whole."""
    finders = (_keys, _forms, _in_urls, _assigned, _random_words)
    found = list(islice(chain.from_iterable(finder(text) for finder in finders), MOST + 1))
    return _joined(found) if len(found) <= MOST else (Span(0, len(text), "secrets without end"),)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start < joined[-1].end:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def _forms(text: str) -> Iterator[Span]:
    absent = {sign for sign in "_-./=" if sign not in text}  # most forms begin with a word and a sign
    for kind, literal, pattern in FORMS:
        if literal[-1] not in absent and literal in text:
            for found in pattern.finditer(text):
                if not _stands_in(found[0]):
                    yield Span(found.start(), found.end(), kind)


def _keys(text: str) -> Iterator[Span]:
    """The bodies of private keys; also what stands of one whose begin or end is out of sight."""
    if "PRIVATE KEY" not in text:
        return
    after = 0
    for begin in _KEY_BEGIN.finditer(text):
        if begin.start() >= after and (body := _KEY_BODY.match(text, begin.end())):
            after = body.end()
            yield from _trimmed(text, begin.end(), after)
    after = 0
    for end in _KEY_END.finditer(text):
        if body := _KEY_BODY_BACKWARDS.match(text[after : end.start()][::-1]):
            yield from _trimmed(text, end.start() - body.end(), end.start())
        after = end.end()


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The key proper, without the blanks, quotes and comment signs around it."""
    if end - start < _SHORTEST_KEY:
        return
    body = text[start:end]
    before, after = _EDGE.match(body), _EDGE_BACKWARDS.match(body[::-1])
    start += before.end() if before else 0
    end -= after.end() if after else 0
    if end - start >= _SHORTEST_KEY:
        yield Span(start, end, "private key")


def _in_urls(text: str) -> Iterator[Span]:
    for found in _URL.finditer(text):
        if found[1].lower() not in _COMMON and not _stands_in(found[1]):
            yield Span(found.start(1), found.end(1), "password in a URL")


def _assigned(text: str) -> Iterator[Span]:
    lowered = text.lower()
    if len(lowered) != len(text):  # U+0130 becomes two characters
        lowered = text.replace("\u0130", "i").lower()
    seen: dict[tuple[str, bool, bool, bool], bool] = {}
    for name, pattern in _ASSIGNED:
        if name not in lowered:
            continue
        password = name in _PASSWORD_NAMES
        for found in pattern.finditer(lowered):
            rest = found["rest"].strip("_-")
            if rest and _NOT_THE_SECRET.search(rest):
                continue
            start, end = found.span("bare" if found["quoted"] is None else "quoted")
            # Asked here, for a match that is refused is searched once more.
            if text[end : end + 1] in ("(", "[", "{"):
                if found["loose"] or not _made_up(text[start:end]):  # a call
                    continue
                rest_of_it = _UP_TO_A_SPACE.match(text, end)
                end = rest_of_it.end() if rest_of_it else end
            case = (text[start:end], password, found["quoted"] is not None, found["loose"] is not None)
            if case not in seen:
                seen[case] = _telling(*case)
            if seen[case]:
                yield Span(start, end, "password" if password else "key or token")


def _telling(value: str, password: bool, quoted: bool, loose: bool) -> bool:
    """Whether a value that is called a password, or else a key or token, looks like one and not like an example, a
    reference, a word of the program or a sentence. `loose`: it is only named beside it (`set("password", "…")`)."""
    if _stands_in(value) or value.lower() in _COMMON or " " in value.strip():
        return False
    name = _ITS_OWN_NAME.match(value) or ("_" in value and _named(value))
    if (loose and not quoted and name) or (_PATH.match(value) and not _made_up(value)):
        return False
    digit = any(character.isdigit() for character in value)
    letter = any(character.isalpha() for character in value)
    sign = any(not character.isalnum() and character not in "-_./: " for character in value)
    if not letter or (len(value) < 8 and not password):
        return False
    if not (digit or (sign and password)):
        return quoted and not sign and len(value) >= 20 and _random(value) and not _named(value)
    if password and not loose:
        return quoted or (sign and digit) or _made_up(value)
    return _made_up(value) or (quoted and not loose and not sign and not _WORDY.match(value))


def _stands_in(value: str) -> bool:
    """Whether the value only shows where one belongs, or where it is to be had."""
    return bool(_REFERENCE.match(value)) or bool(_EXAMPLE.search(value))


def _made_up(value: str) -> bool:
    """Whether no person and no program would have chosen it as a name."""
    if _NAME.match(value) or "[" in value:
        return False
    if _random(value):
        return True
    mixed = len(set(_SIGNS.findall(value))) >= 4 or len(_NUMBERS.findall(value)) >= 3
    return mixed and len(value) >= 20 and not _WORDY.match(value)


def _random(word: str) -> bool:
    """Whether the characters change kind (lower, upper, digit) as often as where nobody chose them: in more than three
    of ten places, words and numbers apart."""
    rest = _WORDS.sub("", word)
    changes = len(_CHANGES.findall(rest))
    return len(rest) >= max(8, 0.45 * len(word)) and changes > 0.3 * len(rest) and len(set(word)) >= 8


def _named(word: str) -> bool:
    """Whether a long word that changes as often as a random one is a name: of short parts, or of words with a number or
    two between them (`xmlSecKeyDataRawX509CertGetKlass`). One random word in a hundred reads so by chance."""
    if max(map(len, _PARTS.split(word))) <= _SHORT_PART:
        return True
    return len(re.findall(r"\d+", word)) <= 2 and sum(map(len, _HUMPS.findall(word))) >= 0.7 * len(word)


def _random_words(text: str) -> Iterator[Span]:
    public: list[tuple[int, int]] | None = None
    for found in _LONG.finditer(text):
        word = found[0]
        if text.startswith(".", found.end()) and _HALF_A_KEY.fullmatch(word[-33:]):
            if rest := _OTHER_HALF.match(text, found.end()):
                yield Span(found.end() - 32, rest.end(), "API key")
            continue
        # Hexadecimal hashes have one case only. AAAA is four bytes of zero: data.
        if len(word) > _LONGEST or word.islower() or word.isupper() or not _TWO_DIGITS.search(word) or "AAAA" in word:
            continue
        if not _random(_HASHES.sub("", word)) or _stands_in(word) or _named(word):
            continue
        if _DATA.match(word) or _DATA_BEFORE.search(text, max(0, found.start() - 16), found.start()):
            continue
        public = _public_blocks(text) if public is None else public
        if not _within(found.start(), public):
            yield Span(found.start(), found.end(), "random word")


def _public_blocks(text: str) -> list[tuple[int, int]]:
    """Certificates and public keys, begin to end."""
    blocks: list[tuple[int, int]] = []
    for begin in _PUBLIC.finditer(text):
        if not blocks or begin.start() >= blocks[-1][1]:
            end = text.find("-----END", begin.end())
            if end < 0:
                break
            blocks.append((begin.start(), end))
    return blocks


def _within(at: int, blocks: list[tuple[int, int]]) -> bool:
    index = bisect(blocks, (at, at))
    return index > 0 and at < blocks[index - 1][1]
