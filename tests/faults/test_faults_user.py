"""Faults 45, 47, 49 and 50 as far as the model's room goes: cancels, queues, echoes of the key, other models."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from conversation import KEY, Conversation, Heard, question, shapes_of
from fault_server import Connection, FaultServer, delta, event, good, reply, streaming

from glm_lsp.errors import BadAnswer, KeyRejected, RequestRejected
from glm_lsp.model.events import TextDelta

PROMPTLY = 0.25
"""Seconds within which a cancel must have closed the socket."""


async def cancelled(task: asyncio.Task[Heard]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_fault_45_cancel_before_the_headers(user: Conversation, server: FaultServer) -> None:
    task = asyncio.create_task(user.ask(server.silent))
    await server.reached.wait()
    await cancelled(task)
    await asyncio.wait_for(server.left.wait(), PROMPTLY)


@pytest.mark.parametrize("sent", [streaming(ended=False), streaming(delta("a"), ended=False)])
async def test_fault_45_cancel_in_the_stream(user: Conversation, server: FaultServer, sent: bytes) -> None:
    task = asyncio.create_task(user.ask(server.then_silent(sent)))
    await server.reached.wait()
    await cancelled(task)
    await asyncio.wait_for(server.left.wait(), PROMPTLY)


async def test_fault_45_closing_the_generator_is_a_cancel(user: Conversation, server: FaultServer) -> None:
    server.plan.append(server.then_silent(streaming(delta("a"), delta("b"), ended=False)))
    events = user.model.ask(question(), user.endpoint())
    assert await anext(events) == TextDelta("a")
    await events.aclose()
    await asyncio.wait_for(server.left.wait(), PROMPTLY)


async def test_fault_45_cancel_in_the_tls_handshake(user: Conversation, server: FaultServer) -> None:
    task = asyncio.create_task(user.ask(endpoint=user.endpoint(url=f"https://127.0.0.1:{server.port}/v1")))
    await server.accepted.wait()
    await cancelled(task)
    await asyncio.wait_for(server.closed.wait(), PROMPTLY)


async def test_fault_45_cancel_while_the_name_is_looked_up(user: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = asyncio.Event()

    async def never(*args: Any, **options: Any) -> list[Any]:
        looking.set()
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    task = asyncio.create_task(user.ask(endpoint=user.endpoint(url="https://slow.example/v1")))
    await looking.wait()
    await asyncio.wait_for(cancelled(task), PROMPTLY)
    monkeypatch.undo()


async def test_fault_45_cancel_while_waiting_to_try_again(user: Conversation, server: FaultServer) -> None:
    server.plan.append(reply(429, headers={"Retry-After": "30"}))
    seen = asyncio.Event()

    async def ask() -> Heard:
        async for heard in user.model.ask(question(), user.endpoint()):
            if type(heard).__name__ == "Waiting":
                seen.set()
        return Heard()

    task = asyncio.create_task(ask())
    await seen.wait()
    await asyncio.wait_for(cancelled(task), PROMPTLY)
    assert len(server.heads) == 1


async def test_fault_45_a_cancel_and_a_deadline_at_once_are_a_cancel(user: Conversation, server: FaultServer) -> None:
    task = asyncio.create_task(user.ask(server.silent))
    await server.reached.wait()
    task.cancel()
    user.clock.advance(1_000)
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_fault_47_at_most_four_at_once_and_the_rest_in_turn(user: Conversation, server: FaultServer) -> None:
    """Twenty questions; the queue is left by cancel, and the others are all answered."""
    running = most = 0
    gate = asyncio.Event()

    async def slow(connection: Connection) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            server.reached.set()
        await gate.wait()
        running -= 1
        await connection.send(good())

    tasks = [asyncio.create_task(user.ask(slow)) for _ in range(20)]
    await server.reached.wait()
    queued = tasks.pop()
    await cancelled(queued)
    assert len(server.heads) == 4
    gate.set()
    answers = await asyncio.gather(*tasks)
    assert [heard.text for heard in answers] == ["fine"] * 19
    assert most == 4
    assert len(server.heads) == 19


async def test_fault_47_a_place_in_the_queue_is_free_again_after_a_failure(
    user: Conversation, server: FaultServer
) -> None:
    for _ in range(6):
        await user.ask(reply(401))
    task = asyncio.create_task(user.ask(server.silent))
    await server.reached.wait()
    await cancelled(task)


@pytest.mark.parametrize("shape", [*shapes_of(KEY), base64.b64encode(f"Bearer {KEY}".encode()).decode()])
@pytest.mark.parametrize("status", [400, 401, 500])
async def test_fault_49_a_key_the_server_sends_back_is_hidden(user: Conversation, shape: str, status: int) -> None:
    bodies: list[object] = [
        {"error": {"message": f"bad key {shape}, sorry"}},
        f"Authorization: Bearer {shape}".encode(),
        {"error": {"message": "x" * 180 + shape}},
    ]
    for body in bodies:
        heard = await user.ask(*[reply(status, body, {"X-Echo": quote(shape)})] * 3)
        user.server.plan.clear()
        assert heard.error is not None
        for hidden in shapes_of(KEY):
            assert hidden[:16] not in heard.message


@pytest.mark.parametrize("at", [1, 7, len(KEY) - 1, len(KEY)])
@pytest.mark.parametrize("name", ["content", "reasoning_content"])
async def test_fault_49_a_reply_with_the_key_in_it_is_dropped(user: Conversation, at: int, name: str) -> None:
    """However it is cut: no event holds more than the beginning that was not yet known to be the key."""
    parts = [event({"choices": [{"delta": {name: text}}]}) for text in ("your key: " + KEY[:at], KEY[at:] + ".")]
    heard = await user.ask(streaming(*parts, delta(finish="stop")))
    assert type(heard.error) is BadAnswer
    assert "sent the API key back" in heard.message
    assert KEY[:8] not in repr(heard.events)


@pytest.mark.parametrize(
    "secret",
    ["Bearer abcdef0123456789", "sk-proj-abcdefghijklmnop", "ghp_abcdefghijklmnop1234", "AKIAABCDEFGHIJKLMNOP"],
)
async def test_fault_49_somebody_else_s_key_is_hidden_too(user: Conversation, secret: str) -> None:
    heard = await user.ask(reply(400, {"error": {"message": f"cannot use {secret} here"}}))
    assert secret.split()[-1] not in heard.message
    assert "here" in heard.message


async def test_fault_49_a_refusal_that_quotes_the_question_shows_its_reason_only(user: Conversation) -> None:
    detail = [{"loc": ["body", "n"], "msg": "Input should be 1", "input": {"messages": "def secret_algorithm():"}}]
    heard = await user.ask(reply(422, {"detail": detail}))
    assert "Input should be 1" in heard.message
    assert "secret_algorithm" not in heard.message


async def test_fault_49_the_beginning_of_a_key_is_text_like_any_other(user: Conversation) -> None:
    heard = await user.ask(streaming(delta("a canar"), delta("y bird sings of canary"), delta(finish="stop")))
    assert heard.reply == "a canary bird sings of canary"


async def test_fault_50_another_model_than_asked_for_is_told(user: Conversation) -> None:
    other = event({"model": "glm-4-flash", "choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]})
    heard = await user.ask(streaming(other))
    assert heard.attempts[0].model == "glm-4-flash"


async def test_fault_50_a_model_s_name_cannot_carry_a_key_or_an_escape(user: Conversation) -> None:
    other = event({"model": f"\x1b[31mx {KEY}", "choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]})
    heard = await user.ask(streaming(other))
    assert heard.attempts[0].model == "x [hidden]"


async def test_a_wrong_key_ends_in_the_sentence_a_user_needs(user: Conversation) -> None:
    body = {"error": {"type": "unauthenticated", "title": "Invalid API key"}, "status": "error"}
    heard = await user.ask(reply(401, body))
    assert type(heard.error) is KeyRejected
    assert heard.message == (
        f"127.0.0.1:{user.server.port} did not accept the API key: “Invalid API key”. "
        "Store a valid key with `glm-lsp login`, or set it in the environment."
    )


async def test_the_message_of_a_refusal_is_short(user: Conversation) -> None:
    heard = await user.ask(reply(400, {"error": {"message": "long " * 5_000}}))
    assert type(heard.error) is RequestRejected
    assert len(heard.message) < 400
