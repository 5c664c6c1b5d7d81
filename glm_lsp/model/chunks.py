"""From the bytes of an answer to events: a stream of `chat.completion.chunk`, or one `chat.completion`.

Either is accepted whichever was asked for, so the first bytes decide. Complete means a finish reason or `[DONE]`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from glm_lsp.errors import BadAnswer, Failed
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import (
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Retracted,
    TextDelta,
    Usage,
)
from glm_lsp.model.failures import Rejection, broken_stream, web_page
from glm_lsp.model.growing import Growing, too_large
from glm_lsp.model.messages import Tool, ToolCall
from glm_lsp.model.quoting import masked
from glm_lsp.model.refusals import is_error
from glm_lsp.model.sse import EventDecoder, ServerEvent
from glm_lsp.model.thinking import ContentFilter, Piece
from glm_lsp.model.toolcalls import CallMerger, XmlCallFilter

MAX_BODY = 32 * 1024 * 1024
"""Bytes of one answer; a full output of 128 000 tokens with its framing is about this."""
MAX_DOCUMENT = 8 * 1024 * 1024
"""Bytes of an answer that comes in one piece."""
MAX_EVENTS = 200_000

_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "sensitive": "sensitive",
    "content_filter": "sensitive",
}
_CUT: frozenset[FinishReason] = frozenset({"length", "sensitive"})


class Damaged(Exception):
    """The answer ended, but part of it was lost on the way."""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)


class Answer:
    """One answer. Feed it the body's bytes; then `end` gives what is left, `finished` the result.

    `judge` turns an error object found inside a 200 into a Rejection. Errors of `feed`, `check` and `end`: BadAnswer,
    BrokenStream, Rejection, Damaged.
    """

    def __init__(self, endpoint: Endpoint, tools: Sequence[Tool], judge: Callable[[object], Rejection]) -> None:
        self._endpoint = endpoint
        self._judge = judge
        self._tools = tools
        self._shape: Literal["", "stream", "document"] = ""
        self._start = b""
        self._document: list[bytes] = []
        self._size = 0
        self._count = 0
        self._decoder = EventDecoder()
        self._content = ContentFilter()
        self._xml = XmlCallFilter(tools)
        self._calls = CallMerger(tools)
        self._text = Growing(endpoint)
        self._reasoning = Growing(endpoint)
        self._reason: FinishReason | None = None
        self._damaged = False
        self._failure: Failed | Rejection | None = None
        self.done = False
        """`[DONE]` was seen: nothing that follows counts."""
        self.model = ""
        self.usage: Usage | None = None

    @property
    def complete(self) -> bool:
        return self.done or self._reason is not None

    def feed(self, data: bytes) -> list[Event]:
        self._size += len(data)
        if self._size > MAX_BODY:
            raise too_large(self._endpoint)
        if not self._shape:
            self._start += data
            if not self._recognise():
                return []
            data, self._start = self._start, b""
        if self._shape == "document":
            if self._size > MAX_DOCUMENT:
                raise too_large(self._endpoint)
            self._document.append(data)
            return []
        return self._events(self._decoder.feed(data))

    def check(self) -> None:
        """To be called when the events of `feed` were handed on: raises what ended the reply after them."""
        if self._failure is not None:
            raise self._failure

    def end(self) -> list[Event]:
        """The body is over."""
        events: list[Event] = []
        if self._shape == "document":
            self._whole(_parsed(b"".join(self._document)), events)
        elif self._shape == "stream" and not self.done:
            events += self._last_events()
        if not self.complete:
            raise broken_stream(self._endpoint)
        self._place(self._content.end(), events)
        self._place_text(self._xml.end(), events)
        if text := self._text.end():
            events.append(TextDelta(text))
        if thought := self._reasoning.end():
            events.append(ReasoningDelta(thought))
        if self._damaged:
            raise Damaged
        return events

    def finished(self) -> Finished:
        """Errors: Damaged if a function call is lost or broken, BadAnswer if no function was offered."""
        calls = self._calls.whole()
        if not self._calls and not self._text.whole.strip() and self._tools:
            calls = self._calls_among_thoughts()
        if calls is None or (self._reason == "tool_calls" and not calls and self._tools):
            raise Damaged
        if calls and not self._tools:
            raise BadAnswer(
                "The model tried to call a function instead of answering.", "Try again, or put it in other words."
            )
        return Finished(self._reason or "done", calls, self._text.whole, self._reasoning.whole)

    def _recognise(self) -> bool:
        head = self._start.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not head:
            return False
        if head.startswith(b"<"):
            raise web_page(self._endpoint)
        if head[:1] in b'{["0123456789-tfn' and not head.startswith(b"data"):
            self._shape = "document"
        else:
            self._shape = "stream"
        return True

    def _events(self, received: Iterable[ServerEvent]) -> list[Event]:
        events: list[Event] = []
        try:
            for event in received:
                if self.done:
                    break
                self._count += 1
                if self._count > MAX_EVENTS:
                    raise too_large(self._endpoint)
                if event.data.strip() == "[DONE]":
                    self.done = True
                elif event.data.strip():
                    self._chunk(self._document_of(event.data), event.name == "error", events)
        except (Failed, Rejection) as failure:
            # What came before it is handed on first, so that it does not matter what came in one piece with what.
            self._failure = failure
        return events

    def _last_events(self) -> list[Event]:
        try:
            events = self._events(self._decoder.end())
            self.check()
        except BadAnswer:
            # Half an event: nothing is lost if the reply was complete before it.
            if not self.complete:
                raise broken_stream(self._endpoint) from None
            return []
        return events

    def _document_of(self, data: str) -> object:
        try:
            document, end = _JSON.raw_decode(data)
            if end == len(data) or not data[end:].strip():
                return document
        except (ValueError, RecursionError):
            pass
        # Blanks before the document, which `raw_decode` does not skip.
        if data[:1].isspace():
            return self._document_of(data.lstrip())
        # Two events glued together: `…"object":"chat.cdata: {"id":…`. The second can be read, the first is lost.
        at = data.rfind("data: {")
        if at > 0:
            try:
                document = _JSON.decode(data[at + 6 :])
            except (ValueError, RecursionError):
                document = None
            if isinstance(document, dict):
                self._damaged = True
                return document
        raise BadAnswer(f"{self._endpoint.host} sent a piece of the reply that cannot be read.", "Try again.")

    def _chunk(self, document: object, named_error: bool, events: list[Event]) -> None:
        if not isinstance(document, dict):
            raise self._judge(document) if named_error else _not_a_reply(self._endpoint)
        if named_error or is_error(document):
            raise self._judge(document)
        self._take(document, "delta", events)

    def _whole(self, document: object, events: list[Event]) -> None:
        if not isinstance(document, dict):
            raise _not_a_reply(self._endpoint)
        if is_error(document):
            raise self._judge(document)
        if not isinstance(document.get("choices"), list):
            raise _not_a_reply(self._endpoint)
        self._take(document, "message", events)
        if self._reason is None and document["choices"]:
            # In one piece there is no doubt about the end, even where a server leaves the reason out.
            self.done = True

    def _take(self, document: Mapping[str, Any], part: Literal["delta", "message"], events: list[Event]) -> None:
        if not self.model and isinstance(model := document.get("model"), str):
            self.model = masked(model, self._endpoint, 100)
        if isinstance(usage := document.get("usage"), dict):
            self.usage = _usage(usage)
        choices = document.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict) or choice.get("index", 0) not in (0, None):
                continue
            delta = choice.get(part) or choice.get("message") or choice.get("delta")
            if isinstance(delta, dict):
                self._delta(delta, events)
            if reason := choice.get("finish_reason"):
                self._finish(reason)

    def _delta(self, delta: Mapping[str, Any], events: list[Event]) -> None:
        content = delta.get("content")
        thoughts = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("reasoning_details")
        if thoughts:
            thought = _joined(thoughts)
            self._content.separated()
            self._think(thought, events)
            if content and _joined(content) == thought:
                # One and the same text in both fields is a mirror of the thoughts.
                content = None
        if content:
            text = content if isinstance(content, str) else _joined(content)
            if self._content.passes(text):
                self._without_calls(text, events)
            else:
                self._place(self._content.feed(text), events)
        calls = delta.get("tool_calls")
        if not calls and isinstance(function := delta.get("function_call"), dict):
            calls = [{"index": 0, "function": function}]
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict) and (merged := self._calls.take(call)):
                events.append(merged)

    def _finish(self, reason: object) -> None:
        if reason == "network_error":
            raise self._judge({"error": {"message": "the model's server lost its connection"}})
        known: FinishReason = _REASONS.get(reason, "unknown") if isinstance(reason, str) else "unknown"
        # If two reasons come, the one by which the reply is cut must not be lost.
        if self._reason not in _CUT:
            self._reason = known

    def _place(self, pieces: Iterable[Piece], events: list[Event]) -> None:
        for kind, text in pieces:
            if kind == "text":
                self._without_calls(text, events)
            elif kind == "thought":
                self._think(text, events)
            else:
                self._xml.retract()
                events.append(Retracted())
                self._think(self._text.clear(), events)

    def _without_calls(self, text: str, events: list[Event]) -> None:
        if self._xml.passes(text):
            self._say(text, events)
        else:
            self._place_text(self._xml.feed(text), events)

    def _place_text(self, pieces: Iterable[str | ToolCall], events: list[Event]) -> None:
        for piece in pieces:
            if isinstance(piece, ToolCall):
                events.append(self._calls.add(piece))
            else:
                self._say(piece, events)

    def _say(self, text: str, events: list[Event]) -> None:
        if text and (added := self._text.add(text)):
            events.append(TextDelta(added))

    def _think(self, text: str, events: list[Event]) -> None:
        if text and (added := self._reasoning.add(text)):
            events.append(ReasoningDelta(added))

    def _calls_among_thoughts(self) -> tuple[ToolCall, ...] | None:
        merger = CallMerger(self._tools)
        xml = XmlCallFilter(self._tools)
        for piece in (*xml.feed(self._reasoning.whole), *xml.end()):
            if isinstance(piece, ToolCall):
                merger.add(piece)
        return merger.whole()


def _not_a_reply(endpoint: Endpoint) -> BadAnswer:
    return BadAnswer(f"{endpoint.host} sent something that is not a reply.", "Check endpoint.base_url.")


def _parsed(content: bytes) -> object:
    try:
        return _JSON.decode(content.decode("utf-8-sig").strip())
    except UnicodeDecodeError:
        raise BadAnswer("The server's answer is not UTF-8 text.", "Try again; check endpoint.base_url.") from None
    except (ValueError, RecursionError):
        raise BadAnswer("The server's answer is not valid JSON.", "Try again; check endpoint.base_url.") from None


def _joined(content: object) -> str:
    """The text of a content that is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") if isinstance(part, dict) else part for part in content)
    return "".join(text for text in texts if isinstance(text, str))


def _usage(usage: Mapping[str, Any]) -> Usage:
    prompt_details, completion_details = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    cached = _count_of(prompt_details, "cached_tokens") or _count_of(usage, "cache_read_input_tokens")
    return Usage(
        _count_of(usage, "prompt_tokens"),
        _count_of(usage, "completion_tokens"),
        cached,
        _count_of(completion_details, "reasoning_tokens"),
    )


def _count_of(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
