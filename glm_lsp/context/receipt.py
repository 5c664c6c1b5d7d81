"""What went out, kept here so that what comes back can be judged by it.

A secret goes out as a token `GLM_SECRET_<n>_<nonce>`, which stands alone: no ASCII letter, digit or underscore beside
it. Text of the user's that merely looks like one goes out as a token too, so every look-alike in a reply is either ours
or a mistake.

    restored(text, receipt) -> str                   the reply with its secrets, or ReplyUnusable
    lost(old, new, receipt) -> tuple[str, ...]       tokens of `old` that `new` no longer has
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from glm_lsp.errors import ReplyUnusable
from glm_lsp.text.lines import Range, with_newlines

LOOKALIKE = re.compile(r"glm[\s\\_*`\"'&#;%0-9a-fux-]{0,8}secret", re.IGNORECASE)
"""The name of a token, or what a model makes of it: `glm-secret`, `GLM\\_SECRET`, `GLM SECRET`, `GLM&#95;SECRET`."""

_WHOLE = re.compile(r"(?:(?<!\w)|(?<=\\[a-z]))(GLM_SECRET_[1-9]\d*_[0-9a-f]{12})(?!\w)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the context that stayed here: its title, its file ("" for none), and a sentence that says why."""

    title: str
    uri: str
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text as it was sent: the texts of the parts of one `message` (from 0), joined by nothing, are its
    content. `range` is where the text stood in `uri`, if it is known."""

    message: int
    title: str
    uri: str
    range: Range | None
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`tokens`: redaction token → the secret it stands for. `files`: URIs of the files whose text was sent, any part of
    it. `redacted`: how many places were replaced by a token. `left_out`: optional parts the gate kept back.
    `parts`: all that was sent, piece by piece. `redacting`: False if the user turned redaction off; then tokens mean
    nothing and look-alikes are plain text.

    Its repr shows no secret."""

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: frozenset[str] = frozenset()
    redacted: int = 0
    left_out: tuple[LeftOut, ...] = ()
    parts: tuple[Part, ...] = field(default=(), repr=False)
    redacting: bool = True


def restored(text: str, receipt: Receipt) -> str:
    """`text`, a reply or a part of one, with each token replaced by its secret, byte for byte.

    Errors: ReplyUnusable for a token that is unknown or altered (other case, no nonce, split, escaped, quoted in part,
    grown together with a name). Restore before matching and never twice: a restored text may hold look-alikes that are
    the user's own.
    """
    if not receipt.redacting:
        return text
    remainder = _WHOLE.sub(lambda found: "\0" if found[1] in receipt.tokens else found[0], text)
    altered = LOOKALIKE.search(remainder)
    shown = altered[0] if altered else _stray_nonce(remainder, receipt)
    if shown:
        raise ReplyUnusable(
            "The reply changed one of the placeholders that stand for secrets.",
            "Nothing was written; ask again.",
            problem=f"`{shown}` is not a placeholder of the given text. Copy each GLM_SECRET placeholder exactly as it "
            "stands, and do not make up others.",
        )
    return _WHOLE.sub(lambda found: receipt.tokens[found[1]], text)


def lost(old: str, new: str, receipt: Receipt) -> tuple[str, ...]:
    """The tokens that stand in `old`, the text replaced, and not in `new`, its replacement.

    Either text may be as sent (with tokens) or as restored (with secrets). A reply with a lost token is refused: the
    secret would be gone from the user's file. Line endings make no difference.
    """
    old, new = with_newlines(old), with_newlines(new)
    secrets = ((token, with_newlines(secret)) for token, secret in receipt.tokens.items())
    return tuple(
        token for token, secret in secrets if (token in old or secret in old) and not (token in new or secret in new)
    )


def _stray_nonce(text: str, receipt: Receipt) -> str:
    """What is left of a token whose name is gone but whose nonce is there."""
    for nonce in {token.rpartition("_")[2] for token in receipt.tokens}:
        if stray := re.search(nonce, text, re.IGNORECASE):
            return stray[0]
    return ""
