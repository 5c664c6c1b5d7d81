"""The same conversations with servers we have not written: what the client makes of them is the same.

Lost otherwise: a client that is right about its own idea of the protocol and about nobody else's.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from model_servers import DIALOGUES, ModelServer

from glm_lsp.errors import GlmError, NoSuchModel, RequestRejected
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import ThinkingDialect
from glm_lsp.model.events import Attempt, Event, Finished, ReasoningDelta, Retracted, TextDelta, Usage
from glm_lsp.model.messages import ClearedRequest, Message, Tool

READ_FILE = Tool(
    "read_file",
    "Reads a file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
SPOKEN = [dialogue for dialogue in DIALOGUES if "answer" in dialogue and "result" not in dialogue]
(CALLING,) = [dialogue for dialogue in DIALOGUES if "call" in dialogue]
(RETURNING,) = [dialogue for dialogue in DIALOGUES if "result" in dialogue]


def question(server: ModelServer, *messages: Message, **more: Any) -> ClearedRequest:
    return ClearedRequest(server.model, messages, **{"max_tokens": 200, **more})


def user(text: str) -> Message:
    return Message("user", text)


async def heard(
    model: Model, server: ModelServer, request: ClearedRequest, dialect: ThinkingDialect | None = None
) -> list[Event]:
    async with aclosing(model.ask(request, server.endpoint(request.model, dialect))) as events:
        return [event async for event in events]


def text(events: list[Event]) -> str:
    """As somebody adds it up who shows it as it streams."""
    whole = ""
    for event in events:
        whole = "" if isinstance(event, Retracted) else whole + event.text if isinstance(event, TextDelta) else whole
    return whole


def finished(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


@pytest.mark.parametrize("stream", [True, False], ids=["streaming", "whole"])
@pytest.mark.parametrize("thinking", [True, False], ids=["thinking", "not thinking"])
@pytest.mark.parametrize("dialogue", SPOKEN, ids=lambda dialogue: dialogue["user"])
async def test_an_answer_is_the_answer_and_nothing_else(
    model: Model, server: ModelServer, dialogue: dict[str, Any], thinking: bool, stream: bool
) -> None:
    """Not a letter of the thoughts, no tag, no broken character."""
    request = question(server, user(dialogue["user"]), thinking=thinking, stream=stream)
    events = await heard(model, server, request)
    assert text(events) == finished(events).text == dialogue["answer"]
    assert finished(events).reason == "stop"
    assert finished(events).tool_calls == ()
    thoughts = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    assert thoughts == finished(events).reasoning
    if thinking:
        assert thoughts == dialogue["thoughts"]
    (usage,) = [event for event in events if isinstance(event, Usage)]
    assert usage.completion > 0
    assert usage.prompt > 0
    (attempt,) = [event for event in events if isinstance(event, Attempt)]
    assert (attempt.status, attempt.outcome, attempt.usage) == (200, "ok", usage)
    assert attempt.first_token is not None


@pytest.mark.parametrize("stream", [True, False], ids=["streaming", "whole"])
async def test_a_function_is_called_and_its_result_taken_in(model: Model, server: ModelServer, stream: bool) -> None:
    request = question(server, user(CALLING["user"]), tools=(READ_FILE,), stream=stream)
    said = finished(await heard(model, server, request))
    assert (said.reason, said.text) == ("tool_calls", "")
    (call,) = said.tool_calls
    assert call.name == CALLING["call"]["name"]
    assert json.loads(call.arguments) == CALLING["call"]["arguments"]
    assert call.id
    messages = (
        user(CALLING["user"]),
        Message("assistant", "", (call,), reasoning=said.reasoning),
        Message("tool", RETURNING["result"], tool_call_id=call.id),
    )
    answered = finished(await heard(model, server, question(server, *messages, tools=(READ_FILE,), stream=stream)))
    assert (answered.reason, answered.text) == ("stop", RETURNING["answer"])


async def test_an_answer_that_is_cut_says_so(model: Model, server: ModelServer) -> None:
    """Lost otherwise: half a function written over a whole one."""
    words, most = server.cut
    events = await heard(model, server, question(server, user(words), max_tokens=most))
    assert finished(events).reason == "length"
    assert text(events) == finished(events).text != ""


async def test_a_refused_parameter_is_left_out_once_and_for_all(model: Model, server: ModelServer) -> None:
    words, dialect, answer = server.unknown
    for dropped in (dialect, None):
        events = await heard(model, server, question(server, user(words)), dialect)
        assert finished(events).text == answer
        refused = [event for event in events if isinstance(event, Attempt) and event.outcome != "ok"]
        assert [event.dropped for event in refused] == ([dropped] if dropped else [])


async def test_a_model_that_is_not_there_is_told_of(model: Model, server: ModelServer) -> None:
    request = ClearedRequest("no-such-model", (user("hi"),), max_tokens=10)
    with pytest.raises(GlmError) as raised:
        await heard(model, server, request)
    assert isinstance(raised.value, NoSuchModel | RequestRejected)
    assert "no-such-model" in str(raised.value)


async def test_many_at_once_are_all_answered(model: Model, server: ModelServer) -> None:
    requests = [question(server, user(SPOKEN[number % len(SPOKEN)]["user"])) for number in range(8)]
    answers = await asyncio.gather(*(heard(model, server, request) for request in requests))
    assert [finished(events).text for events in answers] == [
        SPOKEN[number % len(SPOKEN)]["answer"] for number in range(8)
    ]


async def test_a_stream_left_in_the_middle_leaves_a_server_that_answers(model: Model, server: ModelServer) -> None:
    request = question(server, user("Write add"))
    async with aclosing(model.ask(request, server.endpoint())) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert finished(await heard(model, server, request)).text == SPOKEN[1]["answer"]


async def test_the_models_are_listed(model: Model, server: ModelServer) -> None:
    found = await model.models(server.endpoint())
    assert all(info.id for info in found)
    if server.name == "aimock":
        assert found
