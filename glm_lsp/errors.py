"""Everything that can go wrong, named by what the person must do about it.

    GlmError
    ├── BadInput                 the request itself cannot be served; no job was made
    │   ├── NotOpen              the document is not open in the editor
    │   └── BadSettings          a settings file or option that cannot be used at all
    ├── Refused                  we could, but must not: nothing was changed (shown as a warning)
    │   ├── TextChanged          the text we were asked about is no longer the text there is
    │   ├── CannotDo             the model said no (`CANNOT: …`)
    │   ├── ReplyUnusable        the reply is not certainly an edit; it is kept for reading
    │   │   └── ReplyCut         the reply ended before it was finished
    │   ├── Withheld             the text may not leave this machine, or not in this amount
    │   │   └── LimitReached     today's tokens are used up
    │   └── NotApplied           the editor did not take the edit, or not all of it
    └── Failed                   the work could not be done (shown as an error)
        ├── NoKey                no API key for this origin
        ├── KeyRejected          401
        ├── NoCredit             402, or a 429 that speaks of the balance
        ├── NotPermitted         403
        ├── WrongAddress         404 without a word about the model, or a redirect
        ├── NoSuchModel          404 (or 400) about the model
        ├── RequestRejected      400, 422 and kin
        ├── TooLong              the prompt does not fit the model's window
        ├── RateLimited          429
        ├── ServerTrouble        5xx, and an error inside a stream
        ├── NoConnection         name, route, refusal, TLS, proxy
        ├── TimedOut             connect, first byte, idle, or total; 408
        ├── BadAnswer            not the protocol: HTML, broken JSON, too large, endless
        └── BrokenStream         the stream ended without a finish

Each carries `message` (what happened, one sentence) and `next` (what to do, one sentence, may be empty); both are for
a person and hold no key, code or traceback. `reason` is the same for a program: clients act on it, so it stays as it
is. `code` is the JSON-RPC error code when the error answers a request (LSP 3.18 §errorCodes), `level` how it is shown
when it ends a job. Source: the product contract, "Messages".
"""

from __future__ import annotations

from typing import ClassVar, Literal

Level = Literal["error", "warning"]

INVALID_PARAMS = -32602
CONTENT_MODIFIED = -32801
REQUEST_FAILED = -32803


class GlmError(Exception):
    """The root. `str()` gives the whole sentence a person reads."""

    code: ClassVar[int] = REQUEST_FAILED
    level: ClassVar[Level] = "error"
    reason: ClassVar[str] = "error"

    def __init__(self, message: str, next: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next = next

    def __str__(self) -> str:
        return f"{self.message} {self.next}".strip()


class BadInput(GlmError):
    reason = "bad-input"
    code = INVALID_PARAMS


class NotOpen(BadInput):
    reason = "not-open"


class BadSettings(BadInput):
    reason = "bad-settings"


class Refused(GlmError):
    reason = "refused"
    level = "warning"


class TextChanged(Refused):
    reason = "text-changed"
    code = CONTENT_MODIFIED


class CannotDo(Refused):
    reason = "cannot"


class ReplyUnusable(Refused):
    """`problem` is what a repair ask tells the model; it may quote the file, so it is never shown or logged."""

    reason = "unusable-reply"

    def __init__(self, message: str, next: str = "", *, problem: str = "") -> None:
        super().__init__(message, next)
        self.problem = problem or message


class ReplyCut(ReplyUnusable):
    reason = "cut-reply"


class Withheld(Refused):
    reason = "withheld"


class LimitReached(Withheld):
    reason = "limit"


class NotApplied(Refused):
    reason = "not-applied"


class Failed(GlmError):
    reason = "failed"


class NoKey(Failed):
    reason = "no-key"


class KeyRejected(Failed):
    reason = "wrong-key"


class NoCredit(Failed):
    reason = "no-credit"


class NotPermitted(Failed):
    reason = "not-permitted"


class WrongAddress(Failed):
    reason = "wrong-address"


class NoSuchModel(Failed):
    reason = "no-such-model"


class RequestRejected(Failed):
    reason = "request-rejected"


class TooLong(Failed):
    reason = "too-long"


class RateLimited(Failed):
    reason = "rate-limited"


class ServerTrouble(Failed):
    reason = "server-trouble"


class NoConnection(Failed):
    reason = "no-network"


class TimedOut(Failed):
    reason = "timed-out"


class BadAnswer(Failed):
    reason = "bad-answer"


class BrokenStream(Failed):
    reason = "broken-stream"
