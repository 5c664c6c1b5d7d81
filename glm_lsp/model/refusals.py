"""What a server means when it does not answer with a reply: which error, and whether asking again can help.

Sources: Oxen's error shapes and statuses; Z.ai's business codes (docs.z.ai, "errors"), which come with any status and
also inside a 200; what other OpenAI-compatible servers were seen to send (tests/data/sse).
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glm_lsp.errors import (
    BadAnswer,
    BrokenStream,
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
from glm_lsp.model.deadlines import Expired
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.transport import TransportError

LONGEST_WAIT = 60.0
"""Seconds. A server that wants us back later than this is told to the user instead."""
_LONGEST_QUOTE = 200

_KEY_CODES = frozenset({1000, 1001, 1002, 1003, 1004})
_ACCOUNT_CODES = frozenset({1110, 1111, 1112, 1220, 1221, 1222})
_CREDIT_CODES = frozenset({1113, 1309})
_MODEL_CODES = frozenset({1211})
_REQUEST_CODES = frozenset({1210, 1212, 1213, 1214, 1215, 1230, 1301})
_LENGTH_CODES = frozenset({1261})
_BUSY_CODES = frozenset({1302, 1303, 1305, 1312})
_QUOTA_CODES = frozenset({1304, 1308, 1310, 1311, 1313})
_DUPLICATE_CODES = frozenset({1231})
_FAULT_CODES = frozenset({1200, 1234})

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

_CREDIT_WORDS = re.compile(r"insufficient|balance|credits?\b|arrears|billing|payment|overdue|欠费|余额", re.IGNORECASE)
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
_ESCAPES = re.compile(
    # ECMA-48: OSC, DCS, SOS, PM and APC strings up to their end, CSI sequences, and two-character escapes.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)


@dataclass(eq=False)
class Rejection(Exception):
    """The request failed with `error`. It may be sent again `retries` times, not before `wait` seconds if a server said
    so; or at once without `parameter`, if the server named one it does not take."""

    error: Failed
    retries: int = 0
    wait: float | None = None
    parameter: str = ""


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
    quote = _quote(words, endpoint)
    host = endpoint.host
    if status == 200:
        status = _status_inside(document, code)

    def failed(kind: type[Failed], what: str, then: str) -> Failed:
        return kind(f"{host} {what}{quote}", then)

    if code in _KEY_CODES or status == 401:
        return Rejection(
            failed(
                KeyRejected,
                "did not accept the API key" if endpoint.key else "wants an API key, and there is none",
                "Store a valid key with `glm-lsp login`, or set it in the environment.",
            )
        )
    if code in _CREDIT_CODES or status == 402 or (status in (403, 429) and _is_about_credit(document, words)):
        return Rejection(
            failed(NoCredit, "says that the account has no credit left", "Top up the account, then try again.")
        )
    if code in _ACCOUNT_CODES or status == 403 or (status == 429 and _ACCOUNT_WORDS.search(words)):
        return Rejection(
            failed(
                NotPermitted,
                "does not allow this request",
                "Check with the provider whether the account, plan and region may use this model.",
            )
        )
    if code in _LENGTH_CODES or status == 413 or (status in (400, 422) and _LENGTH_WORDS.search(words)):
        return Rejection(
            failed(
                TooLong,
                "says that the request is too long for the model",
                "Select less, or lower context.budget_tokens.",
            )
        )
    if code in _MODEL_CODES or (status in (400, 404, 422) and _MODEL_WORDS.search(words)):
        return Rejection(
            failed(
                NoSuchModel,
                f"does not know the model {endpoint.model}",
                "Set endpoint.model to one that `glm-lsp models` lists.",
            )
        )
    if status == 404:
        return Rejection(
            failed(
                WrongAddress,
                "has no chat completions at this address",
                "Check endpoint.base_url: its path may have to end in /v1, or /v4 at Z.ai.",
            )
        )
    if status in (405, 410):
        return Rejection(failed(WrongAddress, "has no chat completions at this address", "Check endpoint.base_url."))
    if code in _QUOTA_CODES:
        return Rejection(
            failed(RateLimited, "says that a quota is used up", "Wait until it is renewed, or change the plan.")
        )
    if status == 429 or code in _BUSY_CODES:
        return _busy(failed, headers, now, retries=4)
    if status == 409 or code in _DUPLICATE_CODES:
        return Rejection(failed(ServerTrouble, "says that this request was sent twice", "Try again."), retries=1)
    if status == 407:
        return Rejection(
            NoConnection(
                "The proxy asks for a user name and password.", "Set them in endpoint.proxy, or ask for access."
            )
        )
    if status in (408, 425):
        return Rejection(failed(TimedOut, "gave up waiting for the request", "Try again."), retries=2)
    if status >= 500 or code in _FAULT_CODES:
        if status == 503 and "retry-after" in headers:
            return _busy(failed, headers, now, retries=2, kind=ServerTrouble)
        return Rejection(
            failed(ServerTrouble, f"has trouble of its own ({status})", "Try again in a moment."), retries=2
        )
    return Rejection(
        failed(RequestRejected, f"refused the request ({status})", "If it happens again, run `glm-lsp doctor`."),
        parameter=_parameter(status, document, words, sent),
    )


def unreachable(error: TransportError, endpoint: Endpoint) -> Rejection:
    """What a failed connection means."""
    host, why = endpoint.host, endpoint.mask(_plain(error.detail))
    because = f": {why}" if why else ""
    match error.trouble:
        case "name":
            return Rejection(
                NoConnection(
                    f"{host} was not found: there is no network, or no such name.",
                    "Check the network connection and endpoint.base_url.",
                )
            )
        case "refused":
            return Rejection(
                NoConnection(f"{host} refused the connection.", "Check that the server runs and endpoint.base_url.")
            )
        case "route":
            return Rejection(
                NoConnection(f"{host} cannot be reached{because}.", "Check the network connection, then try again.")
            )
        case "connect timeout":
            return Rejection(
                TimedOut(
                    f"{host} did not take the connection within {endpoint.timeouts.connect:g} seconds.",
                    "Check the network connection and the proxy settings, then try again.",
                )
            )
        case "tls":
            return Rejection(
                NoConnection(
                    f"The connection to {host} is not trustworthy{because}.",
                    "Behind a company's proxy, set endpoint.ca_file to its certificate; else do not go on.",
                )
            )
        case "proxy":
            return Rejection(
                NoConnection(
                    f"The proxy does not work{because}.",
                    "Check endpoint.proxy and the variables HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
                )
            )
        case "ca file":
            return Rejection(
                NoConnection(
                    f"The certificates in {endpoint.ca_file} cannot be read.", "Set endpoint.ca_file to a PEM file."
                )
            )
        case "lost":
            return Rejection(broken_stream(endpoint), retries=2)
        case "framing":
            return Rejection(BadAnswer(f"{host} sent an answer that is not valid HTTP.", "Check endpoint.base_url."))


def timed_out(expired: Expired, endpoint: Endpoint) -> Rejection:
    """What the end of a wait means. Not tried again: the user has waited long enough."""
    host, seconds = endpoint.host, f"{expired.seconds:g} seconds"
    match expired.limit:
        case "first byte":
            what, then = f"{host} did not begin to answer within {seconds}.", "Try again, or select less."
        case "idle":
            what, then = f"{host} stopped answering for {seconds}.", "Try again."
        case "total":
            what, then = f"{host} did not finish within {seconds}.", "Select less, or raise endpoint.timeouts.total."
    return Rejection(TimedOut(what, then))


def broken_stream(endpoint: Endpoint) -> BrokenStream:
    return BrokenStream(
        f"{endpoint.host} closed the connection before the reply was finished.",
        "Try again; if it happens again, select less: the request may be too long for the model.",
    )


def web_page(endpoint: Endpoint) -> BadAnswer:
    return BadAnswer(
        f"{endpoint.host} answered with a web page instead of a reply.",
        "A proxy or the login page of the network may stand in between: open a web page in a browser, and check "
        "endpoint.base_url.",
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


def _busy(
    failed: Any, headers: Mapping[str, str], now: float, *, retries: int, kind: type[Failed] = RateLimited
) -> Rejection:
    wait = retry_after(headers, now)
    what = "is asked too often at the moment" if kind is RateLimited else "is overloaded at the moment"
    if wait is not None and wait > LONGEST_WAIT:
        return Rejection(failed(kind, what, f"It will take requests again in {_span(wait)}; try then."))
    return Rejection(failed(kind, what, "Wait a little, then try again."), retries=retries, wait=wait)


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
    # FastAPI's 422: a list of objects with `loc` and `msg`.
    detail = _member(document, "detail")
    return json.dumps(detail) if isinstance(detail, list) and detail else ""


def _member(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _is_about_credit(document: object, words: str) -> bool:
    error = _member(document, "error")
    labels = " ".join(str(_member(error, name) or "") for name in ("type", "code"))
    return bool(_CREDIT_WORDS.search(words) or re.search(r"insufficient_(quota|credits)", labels))


def _parameter(status: int, document: object, words: str, sent: Iterable[str]) -> str:
    """The parameter the server refuses by name, if it is one we can do without."""
    if status not in (400, 422):
        return ""
    named = _member(_member(document, "error"), "param")
    for name in sent:
        if named == name or re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", words):
            return name
    return ""


def _plain(text: str) -> str:
    """`text` on one line, without anything a terminal would obey or an eye would not see (ECMA-48)."""
    visible = (character if character.isprintable() else " " for character in _ESCAPES.sub("", text))
    return " ".join("".join(visible).split())


def _quote(words: str, endpoint: Endpoint) -> str:
    """The end of a sentence: what the server said, fit to be shown."""
    # Masked before it is cut, so that no part of a key is left over at the end.
    text = endpoint.mask(_plain(words[:8_192]))
    text = re.sub(r"(?i)\b(bearer)\s+\S+", r"\1 [hidden]", text)
    if not text:
        return "."
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    return f": “{short.rstrip('.')}”."
