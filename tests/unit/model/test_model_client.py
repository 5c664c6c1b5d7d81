"""The client, over a scripted transport. What it does with faults is in tests/faults."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest

from glm_lsp.errors import NoSuchModel, TimedOut
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint, Timeouts
from glm_lsp.model.events import Attempt, Finished, TextDelta, Usage
from glm_lsp.model.messages import ClearedRequest, Message
from glm_lsp.model.transport import HttpRequest

ENDPOINT = Endpoint("https://hub.oxen.ai/api/ai", "zai-org-glm-5-1")
QUESTION = ClearedRequest("zai-org-glm-5-1", (Message("user", "hi"),), max_tokens=64)


@dataclass
class Response:
    status: int
    content: list[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    end: str = ""

    async def body(self) -> AsyncIterator[bytes]:
        for piece in self.content:
            yield piece

    async def aclose(self) -> None:
        self.end = "closed"

    def release(self) -> None:
        self.end = "released"


class Script:
    """A transport that answers what it is told to."""

    def __init__(self, *responses: Response) -> None:
        self.responses = list(responses)
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest, endpoint: Endpoint) -> Response:
        self.requests.append(request)
        return self.responses[len(self.requests) - 1]

    async def aclose(self) -> None:
        self.responses.clear()


def chunk(text: str, finish: str = "") -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish or None}
    return b"data: " + json.dumps({"model": "glm", "choices": [choice]}).encode() + b"\n\n"


async def test_the_events_of_a_reply_come_in_their_order() -> None:
    """Deltas, the server's count, one row for the log, the end."""
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'
    response = Response(200, [chunk("a"), chunk("b", "stop"), usage + b"data: [DONE]\n\n"])
    async with Model(Script(response)) as model:
        events = [event async for event in model.ask(QUESTION, ENDPOINT)]
    attempt = events[3]
    assert isinstance(attempt, Attempt)
    assert (attempt.status, attempt.outcome, attempt.model, attempt.usage) == (200, "ok", "glm", Usage(3, 2))
    assert attempt.first_token is not None
    assert 0 <= attempt.first_token <= attempt.seconds
    assert events == [TextDelta("a"), TextDelta("b"), Usage(3, 2), attempt, Finished("stop", (), "ab")]
    assert response.end == "released"


async def test_a_reply_that_is_left_early_closes_its_connection() -> None:
    response = Response(200, [chunk("a"), chunk("b"), chunk("c", "stop")])
    events = Model(Script(response)).ask(QUESTION, ENDPOINT)
    assert await anext(events) == TextDelta("a")
    await events.aclose()
    assert response.end == "closed"


async def test_the_models_endpoint() -> None:
    one = {"id": "zai-org-glm-5-1", "pricing": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}
    missing = {"error": {"message": "Model not found: a/b"}}
    script = Script(
        Response(200, [json.dumps({"object": "list", "data": [one]}).encode()]),
        Response(200, [json.dumps(one).encode()]),
        Response(404, [json.dumps(missing).encode()]),
    )
    model = Model(script)
    (info,) = await model.models(ENDPOINT)
    assert info == await model.model("zai-org-glm-5-1", ENDPOINT)
    with pytest.raises(NoSuchModel):
        await model.model("a/b", ENDPOINT)
    assert [request.url for request in script.requests] == [
        "https://hub.oxen.ai/api/ai/models",
        "https://hub.oxen.ai/api/ai/models/zai-org-glm-5-1",
        "https://hub.oxen.ai/api/ai/models/a%2Fb",
    ]


async def test_the_system_s_own_clock_ends_a_wait_too() -> None:
    class Silent(Response):
        async def body(self) -> AsyncIterator[bytes]:
            import asyncio

            yield chunk("a")
            await asyncio.Event().wait()

    endpoint = Endpoint("https://hub.oxen.ai/api/ai", "m", timeouts=Timeouts(idle=0.02))
    response = Silent(200, [])
    with pytest.raises(TimedOut, match=r"stopped answering for 0\.02 seconds"):
        _ = [event async for event in Model(Script(response)).ask(QUESTION, endpoint)]
    assert response.end == "closed"


def test_importing_the_client_loads_nothing_heavy() -> None:
    """The menu must be there before httpx is."""
    program = (
        "import sys, glm_lsp.model.client, glm_lsp.model.printed\n"
        "print(sorted({'httpx', 'pydantic', 'certifi', 'urllib.request', 'email.message'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
