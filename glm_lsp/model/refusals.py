"""What a server means by an answer that is an error: which of ours it is, and whether asking again can help.

Sources: Oxen's error shapes and statuses; Z.ai's business codes (docs.z.ai, "errors"), which come with any status and
also inside a 200; what other OpenAI-compatible servers were seen to send (tests/data/sse).
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glm_lsp.errors import (
    Failed,
    KeyRejected,
    NoConnection,
    NoCredit,
    NoSuchModel,
    NotPermitted,
    RateLimited,
    RequestRejected,
    ServerTrouble,
    TimedOut,
    TooLong,
    WrongAddress,
)
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.failures import Rejection
from glm_lsp.model.quoting import quoted

LONGEST_WAIT = 60.0
"""Seconds. A server that wants us back later than this is told to the user instead."""

_CREDIT_WORDS = re.compile(
    r"insufficient[ _](quota|credits?|balance|funds)|balance|\bcredits?\b|arrears|billing|payment|overdue|欠费|余额",
    re.IGNORECASE,
)
_ACCOUNT_WORDS = re.compile(
    r"(account|user|organi[sz]ation|key)\b.{0,40}(locked|suspended|disabled|deactivated|inactive|banned)", re.IGNORECASE
)
_LENGTH_WORDS = re.compile(
    r"context[ _-]?(length|window|size)|maximum context|(prompt|input|request)[^.]{0,30} too (long|large)"
    r"|too many (input |prompt )?tokens|ContextWindowExceeded|exceeds? [^.]{0,40}(context|token limit)",
    re.IGNORECASE,
)
_MODEL_WORDS = re.compile(
    r"(model|deployment)\b.{0,60}(not found|not exist|does ?n.t exist|unknown|invalid|not available|no longer)"
    r"|(unknown|invalid|no such|unsupported)\s+model|model_not_found|模型不存在",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One kind of refusal: it is meant by any of `codes` or `statuses`, or by words that `said` finds in an answer with
    one of `with_statuses`. `what` follows the host's name. `waits`: the server may say when to come back."""

    kind: type[Failed]
    what: str
    then: str
    codes: Collection[int] = ()
    statuses: Collection[int] = ()
    said: re.Pattern[str] | None = None
    with_statuses: Collection[int] = ()
    retries: int = 0
    waits: bool = False

    def fits(self, status: int, code: int | None, words: str) -> bool:
        if code in self.codes or status in self.statuses:
            return True
        return self.said is not None and status in self.with_statuses and self.said.search(words) is not None


_MEANINGS = (
    _Meaning(
        KeyRejected,
        "did not accept the API key",
        "Store a valid key with `glm-lsp login`, or set it in the environment.",
        codes=(1000, 1001, 1002, 1003, 1004),
        statuses=(401,),
    ),
    _Meaning(
        NoCredit,
        "says that the account has no credit left",
        "Top up the account, then try again.",
        codes=(1113, 1309),
        statuses=(402,),
        said=_CREDIT_WORDS,
        with_statuses=(403, 429),
    ),
    _Meaning(
        NotPermitted,
        "does not allow this request",
        "Check with the provider whether the account, plan and region may use this model.",
        codes=(1110, 1111, 1112, 1220, 1221, 1222),
        statuses=(403,),
        said=_ACCOUNT_WORDS,
        with_statuses=(429,),
    ),
    _Meaning(
        TooLong,
        "says that the request is too long for the model",
        "Select less, or lower context.budget_tokens.",
        codes=(1261,),
        statuses=(413,),
        said=_LENGTH_WORDS,
        with_statuses=(400, 422),
    ),
    _Meaning(
        NoSuchModel,
        "does not know the model {model}",
        "Set endpoint.model to one that `glm-lsp models` lists.",
        codes=(1211,),
        said=_MODEL_WORDS,
        with_statuses=(400, 404, 422),
    ),
    _Meaning(
        WrongAddress,
        "has no chat completions at this address",
        "Check endpoint.base_url: its path may have to end in /v1, or /v4 at Z.ai.",
        statuses=(404, 405, 410),
    ),
    _Meaning(
        RateLimited,
        "says that a quota is used up",
        "Wait until it is renewed, or change the plan.",
        codes=(1304, 1308, 1310, 1311, 1313),
    ),
    _Meaning(
        RateLimited,
        "is asked too often at the moment",
        "Wait a little, then try again.",
        codes=(1302, 1303, 1305, 1312),
        statuses=(429,),
        retries=4,
        waits=True,
    ),
    _Meaning(
        RequestRejected,
        "refused the request",
        "If it happens again, run `glm-lsp doctor`.",
        codes=(1210, 1212, 1213, 1214, 1215, 1230, 1301),
    ),
    _Meaning(
        ServerTrouble,
        "says that this request was sent twice",
        "Try again.",
        codes=(1231,),
        statuses=(409,),
        retries=1,
    ),
    _Meaning(
        NoConnection,
        "is behind a proxy that asks for a user name and password",
        "Set them in endpoint.proxy, or ask for access.",
        statuses=(407,),
    ),
    _Meaning(TimedOut, "gave up waiting for the request", "Try again.", statuses=(408, 425), retries=2),
    _Meaning(
        ServerTrouble,
        "has trouble of its own ({status})",
        "Try again in a moment.",
        codes=(1200, 1234),
        statuses=range(500, 1000),
        retries=2,
        waits=True,
    ),
    _Meaning(
        RequestRejected,
        "refused the request ({status})",
        "If it happens again, run `glm-lsp doctor`.",
        statuses=range(1000),
    ),
)
"""The first that fits counts. The last fits always."""

_STATUS_OF_TYPE = {
    "unauthenticated": 401,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "insufficient_credits": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "resource_not_found": 404,
    "model_not_found": 404,
    "invalid_params": 400,
    "invalid_request_error": 400,
    "context_length_exceeded": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
}


def rejection(
    status: int, headers: Mapping[str, str], content: bytes, endpoint: Endpoint, sent: Iterable[str], now: float
) -> Rejection:
    """What the answer `status` with the body `content` means. `sent` are the names of parameters that may be dropped,
    `now` is the time of day in seconds."""
    if 300 <= status < 400:
        return Rejection(_redirected(headers, endpoint))
    return judged(status, _document(content), headers, endpoint, sent, now)


def judged(
    status: int,
    document: object,
    headers: Mapping[str, str],
    endpoint: Endpoint,
    sent: Iterable[str],
    now: float,
) -> Rejection:
    """What an error object means, whether it was a body or came inside a stream (then `status` is 200)."""
    code, words = _code(document), _words(document)
    if status == 200:
        status = _status_inside(document, code)
    labelled = f"{words} {_labels(document)}"
    meaning = next(meaning for meaning in _MEANINGS if meaning.fits(status, code, labelled))
    what, then = meaning.what.format(status=status, model=endpoint.model), meaning.then
    if meaning.kind is KeyRejected and not endpoint.key:
        what = "wants an API key, and there is none"
    retries, wait = meaning.retries, retry_after(headers, now) if meaning.waits else None
    if wait is not None and wait > LONGEST_WAIT:
        then, retries = f"It will take requests again in {_span(wait)}; try then.", 0
    return Rejection(
        meaning.kind(f"{endpoint.host} {what}{quoted(words, endpoint)}", then),
        retries,
        wait,
        _parameter(document, words, sent) if meaning.kind is RequestRejected and status in (400, 422) else "",
    )


def is_error(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object is an error although it came with a 200."""
    if document.get("error") or document.get("status") == "error":
        return True
    return "choices" not in document and _code(document) not in (None, 0, 200)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks us to wait; None if it does not, or says so in a way that means nothing.

    `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3), or `retry-after-ms`. A date is taken relative to the
    server's own `Date`, so that a wrong clock here does no harm.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
            return float(text) * unit
    due = _http_date(headers.get("retry-after", ""))
    if due is None:
        return None
    seconds = due - (_http_date(headers.get("date", "")) or now)
    return seconds if seconds > 0 else None


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"


def _http_date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _redirected(headers: Mapping[str, str], endpoint: Endpoint) -> Failed:
    target = re.match(r"https?://(?:[^/@]*@)?([\w.:\[\]-]{1,100})", headers.get("location", ""))
    where = f" to {target[1]}" if target and target[1] != endpoint.host else " to another address"
    return WrongAddress(
        f"{endpoint.host} sends requests on{where}, which is not followed: key and code go to one server only.",
        "Set endpoint.base_url to the right address, or log in to the network first.",
    )


def _document(content: bytes) -> object:
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.lstrip("\ufeff \t\r\n").startswith("<") else text


def _code(document: object) -> int | None:
    """The business code, a number that may come as text."""
    for holder in (_member(document, "error"), document):
        code = _member(holder, "code")
        if isinstance(code, int) and not isinstance(code, bool):
            return code
        if isinstance(code, str) and re.fullmatch(r"\d{1,6}", code):
            return int(code)
    return None


def _status_inside(document: object, code: int | None) -> int:
    """The HTTP status an error would have had, had it not come with a 200."""
    for number in (code, _member(document, "status")):
        if isinstance(number, int) and 400 <= number < 600:
            return number
    error = _member(document, "error")
    for name in (_member(error, "type"), _member(error, "code"), _member(document, "status_message")):
        if isinstance(name, str) and name in _STATUS_OF_TYPE:
            return _STATUS_OF_TYPE[name]
    return 502


def _words(document: object) -> str:
    """What the server says, in the order of Oxen's own client."""
    error = _member(document, "error")
    candidates = [_member(error, name) for name in ("title", "message", "description", "detail")]
    candidates += [
        error,
        *(_member(document, name) for name in ("detail", "message", "msg", "status_message")),
        document,
    ]
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.strip():
            detail = _member(error, "detail") if candidate == _member(error, "title") else None
            return f"{candidate} {detail}" if isinstance(detail, str) and detail else candidate
    # FastAPI's 422: a list of objects with `loc` and `msg`; their `input` would be the user's own text.
    details = _member(document, "detail")
    entries = details if isinstance(details, list) else []
    return "; ".join(f"{_member(entry, 'msg')}: {_member(entry, 'loc')}" for entry in entries)


def _member(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _labels(document: object) -> str:
    """The error's type and code, which servers write for programs."""
    error = _member(document, "error")
    return " ".join(str(_member(error, name) or "") for name in ("type", "code"))


def _parameter(document: object, words: str, sent: Iterable[str]) -> str:
    """The parameter the server refuses by name, if it is one we can do without."""
    named = _member(_member(document, "error"), "param")
    for name in sent:
        if named == name or re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", words):
            return name
    return ""
