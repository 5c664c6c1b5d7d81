"""A reply's text, or its thoughts, as it grows: what can be used of each piece, and what must not go on."""

from __future__ import annotations

from glm_lsp.errors import BadAnswer
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.loops import PERIOD, Repetition

MAX_REPLY = 2 * 1024 * 1024
"""Characters of text, and of thoughts."""


class Growing:
    """A text that arrives in pieces: halves of surrogate pairs joined; loops, sizes and our own key looked for."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._key = endpoint.unmistakable_key
        self._pieces: list[str] = []
        self._held = ""
        self._size = 0
        self._checked, self._check_at = 0, PERIOD
        self._repetition = Repetition()

    def add(self, text: str) -> str:
        """What can be used already of `text` and of what was held back before."""
        text = self._held + text
        held = 0
        if not text.isascii():
            held = int("\ud800" <= text[-1] <= "\udbff")
            text = _paired(text[: len(text) - held]) + text[len(text) - held :]
        if self._key and self._key[0] in text:
            held = max(held, self._beginning_of_key(text))
        if held:
            text, self._held = text[: len(text) - held], text[len(text) - held :]
        else:
            self._held = ""
        return self._keep(text)

    def end(self) -> str:
        """What was held back."""
        text, self._held = self._held, ""
        return self._keep(_paired(text))

    def _keep(self, text: str) -> str:
        if not text:
            return ""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._check_at:
            self._check()
        return text

    def _check(self) -> None:
        """Seldom, because joining pieces and looking for repetition cost more than the pieces themselves."""
        if self._size > MAX_REPLY:
            raise too_large(self._endpoint)
        fresh = "".join(self._pieces[self._checked :])
        self._checked, self._check_at = len(self._pieces), self._size + PERIOD
        if self._repetition.feed(fresh):
            raise BadAnswer("The model repeated itself without end, so it was stopped.", "Try again, or select less.")

    def _beginning_of_key(self, text: str) -> int:
        """How many characters at the end of `text` may be the beginning of our key. Errors: BadAnswer if all of it is
        in there, which no honest server sends."""
        key = self._key
        at = text.find(key[0])
        while at >= 0:
            if text.startswith(key, at):
                raise BadAnswer(
                    f"{self._endpoint.host} sent the API key back in its reply, so the reply was dropped.",
                    "Check endpoint.base_url, and replace the key.",
                )
            if key.startswith(text[at:]):
                return len(text) - at
            at = text.find(key[0], at + 1)
        return 0

    def clear(self) -> str:
        """Begin again; what there was."""
        text = self.whole + self._held
        self._pieces, self._held, self._checked = [], "", 0
        return text

    @property
    def whole(self) -> str:
        return "".join(self._pieces)


def _paired(text: str) -> str:
    """`text` with surrogate pairs, which JSON may carry in two events, as the characters they are."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise BadAnswer("The reply holds half of a character.", "Try again.") from None
    return text


def too_large(endpoint: Endpoint) -> BadAnswer:
    """No reply has so many characters, bytes or events."""
    return BadAnswer(f"{endpoint.host} sent far more than a reply can be.", "Try again; check endpoint.base_url.")
