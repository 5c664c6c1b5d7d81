"""A model on loopback that says what a test wants, when the test wants it.

    model = ScriptedModel()
    ...                                  # the server under test is pointed at model.url
    ask = model.next_ask()               # blocks until the server has asked
    ask.say("```python\\n")              # one chunk of the answer
    ask.finish()                         # the end of the answer
    ask.abandoned.wait(5)                # or: the server hung up before the end

It speaks the streaming half of the OpenAI chat completions API over real HTTP. Nothing in it waits for a time: an
answer stands still until the test says more, or the server under test hangs up.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 20.0
"""Seconds a test waits for something that must happen, before it fails."""


@dataclass
class Ask:
    """One request of the server under test: its path, its JSON as it came. `abandoned` is set if it hangs up before the
    end."""

    path: str
    content: bytes
    model: str = ""
    """The name the model answers by; empty: it has none to tell."""
    abandoned: threading.Event = field(default_factory=threading.Event)
    chunks: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)

    @cached_property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.content))

    def say(self, text: str) -> None:
        self.chunks.put({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def finish(self, reason: str = "stop") -> None:
        self.chunks.put({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self.chunks.put({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}})
        self.chunks.put(None)

    def answer(self, text: str) -> None:
        self.say(text)
        self.finish()

    @property
    def prompt(self) -> str:
        """Everything that was sent, as one text."""
        return "\n".join(str(message["content"]) for message in self.body["messages"])


class ScriptedModel:
    """The server. `url` is its base URL."""

    def __init__(self) -> None:
        self._asks: queue.SimpleQueue[Ask] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.asks = self._asks
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/ai"

    def next_ask(self) -> Ask:
        """The next request, oldest first. Errors: TimeoutError if none comes."""
        try:
            return self._asks.get(timeout=PATIENCE)
        except queue.Empty:
            raise TimeoutError("The model was not asked.") from None

    def was_asked(self) -> bool:
        """Whether there is a request that nobody has taken yet."""
        return not self._asks.empty()

    @property
    def waiting(self) -> int:
        """How many requests have come that nobody has taken."""
        return self._asks.qsize()

    def forget(self) -> None:
        """Requests that nobody has taken are not answered any more."""
        while not self._asks.empty():
            self._asks.get().chunks.put(None)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    asks: queue.SimpleQueue[Ask]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        ask = Ask(self.path, self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        said_all = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ask, said_all))
        watcher.start()
        self.server.asks.put(ask)
        with suppress(OSError):
            while (chunk := ask.chunks.get()) is not None:
                event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": ask.model} | chunk
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            if not ask.abandoned.is_set():
                self.wfile.write(b"data: [DONE]\n\n")
        said_all.set()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        watcher.join()

    def _watch(self, ask: Ask, said_all: threading.Event) -> None:
        """After its request the server under test has nothing to say: the next thing to read is the end."""
        with suppress(OSError):
            self.connection.recv(1)
        if not said_all.is_set():
            ask.abandoned.set()
            ask.chunks.put(None)

    def log_message(self, format: str, *args: object) -> None:
        pass
