"""A model on loopback that wants a key, and notes who came with which."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prices import REPLY


class GuardedModel(ThreadingHTTPServer):
    """Answers `REPLY` to whoever has `key`, at `url`. `keys` and `models`: what was sent, request by request."""

    def __init__(self, key: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.key = key
        self.keys: list[str | None] = []
        self.models: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/ai"


class _Handler(BaseHTTPRequestHandler):
    server: GuardedModel

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent = self.headers.get("Authorization")
        self.server.keys.append(sent)
        self.server.models.append(asked["model"])
        if self.server.key and sent != f"Bearer {self.server.key}":
            self._answer(401, "application/json", json.dumps({"error": {"message": "unauthenticated"}}))
            return
        said = {"choices": [{"index": 0, "delta": {"content": REPLY}, "finish_reason": None}]}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        events = [json.dumps(said), json.dumps(end), "[DONE]"]
        self._answer(200, "text/event-stream", "".join(f"data: {event}\n\n" for event in events))

    def do_GET(self) -> None:
        price = {"input_cost_per_token": 0.6e-6, "output_cost_per_token": 2.2e-6}
        models = [{"id": "zai-org-glm-5-1", "pricing": price}, {"id": "glm-other"}]
        self._answer(200, "application/json", json.dumps({"data": models}))

    def _answer(self, status: int, kind: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode("ascii"))

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def guarded_model(key: str = "", port: int = 0) -> Iterator[GuardedModel]:
    server = GuardedModel(key, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
