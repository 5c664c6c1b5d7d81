"""Server-sent events: bytes in any pieces → the `data` of each event.

Source: WHATWG HTML §9.2.6 (parsing) with two differences. Bytes that are not UTF-8 are an error, because a replacement
character would end up in the user's file; and an event that ends with the stream, without a blank line, counts, for
servers do so.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from glm_lsp.errors import BadAnswer

MAX_EVENT = 4 * 1024 * 1024
"""Characters. A tool call may come whole in one event; nothing honest is larger than this."""


class ServerEvent(NamedTuple):
    """One event. `name` is empty unless the server gave one."""

    name: str
    data: str


class EventDecoder:
    """Feed it the bytes of one stream, then call `end`. Errors of both: BadAnswer."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._started = False
        self._after_cr = False
        self._line: list[str] = []  # the pieces of a line that has not ended
        self._line_size = 0
        self._name = ""
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that end in `data`, a piece of the stream of any size."""
        text = self._decoded(data, final=False)
        if not text:
            return []
        if self._after_cr and text[0] == "\n":
            text = text[1:]
        self._after_cr = text.endswith("\r")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        events: list[ServerEvent] = []
        if lines and self._line:
            lines[0] = "".join((*self._line, lines[0]))
            self._line.clear()
            self._line_size = 0
        for line in lines:
            self._take(line, events)
        if rest:
            self._line.append(rest)
            self._line_size += len(rest)
        if self._line_size + self._data_size > MAX_EVENT:
            raise BadAnswer("The server sent a line too long to be part of a reply.", "Try again.")
        return events

    def end(self) -> list[ServerEvent]:
        """The event the stream ended in, if there is one."""
        self._decoded(b"", final=True)
        events: list[ServerEvent] = []
        if line := "".join(self._line):
            self._take(line, events)
        self._line.clear()
        self._take("", events)
        return events

    def _decoded(self, data: bytes, *, final: bool) -> str:
        try:
            text = self._utf8.decode(data, final)
        except UnicodeDecodeError:
            raise BadAnswer("The server's answer is not UTF-8 text.", "Try again; check endpoint.base_url.") from None
        if self._started or not text:
            return text
        self._started = True
        return text.removeprefix("\ufeff")

    def _take(self, line: str, events: list[ServerEvent]) -> None:
        if line.startswith("data:"):
            value = line[6:] if line[5:6] == " " else line[5:]
            self._data.append(value)
            self._data_size += len(value)
        elif not line:
            if self._data:
                events.append(ServerEvent(self._name, "\n".join(self._data)))
                self._data.clear()
                self._data_size = 0
            self._name = ""
        elif line == "data":
            self._data.append("")
        elif line.startswith("event:"):
            self._name = line[6:].removeprefix(" ")
