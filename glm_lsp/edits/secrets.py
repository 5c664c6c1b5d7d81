"""Redaction tokens in a reply: made the secrets they stand for, and none lost; or hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.context.receipt import LOOKALIKE, Receipt, lost, restored
from glm_lsp.edits.refusal import unusable
from glm_lsp.reply.blocks import Lines
from glm_lsp.text.lines import body, split

HIDDEN = "[hidden]"
_TOKEN = re.compile(LOOKALIKE.pattern + r"(?:\w|\\_|&#?\w{1,8};)*", re.IGNORECASE)


def hidden(text: str, receipt: Receipt) -> str:
    """`text`, which is for reading, without tokens or anything that looks like one, so that none is ever written."""
    if not receipt.redacting:
        return text
    text = _TOKEN.sub(HIDDEN, text)
    for nonce in {token.rpartition("_")[2] for token in receipt.tokens}:
        text = re.sub(nonce, HIDDEN, text, flags=re.IGNORECASE)
    return text


def restored_lines(lines: Sequence[str], receipt: Receipt) -> Lines:
    """`lines` with their secrets; a secret may hold line ends. Errors: ReplyUnusable for a token that is not ours."""
    text = "\n".join(lines)
    whole = restored(text, receipt)
    return tuple(lines) if whole == text else tuple(body(line) for line in split(whole))


def check_secrets(old: Sequence[str], new: Sequence[str], given: Sequence[str], receipt: Receipt) -> None:
    """`given` is the text the reply put in the place of `old`, still with its tokens, `new` what will stand there.

    Errors: ReplyUnusable if a secret of `old` is not in `new`, or one that was given did not arrive byte for byte.
    """
    if not receipt.tokens:
        return
    before, after, sent = ("\n".join(lines) for lines in (old, new, given))
    if missing := lost(before, after, receipt):
        raise unusable(
            "a secret would be lost from the file",
            f"Your answer leaves out {', '.join(missing)}. Copy each GLM_SECRET placeholder exactly "
            "to where it belongs.",
        )
    for token, secret in receipt.tokens.items():
        plain = "\n".join(body(line) for line in split(secret))
        if sent.count(token) > after.count(plain):
            raise unusable(
                "a secret could not be put back exactly",
                f"Leave the lines with {token} as they are.",
            )
