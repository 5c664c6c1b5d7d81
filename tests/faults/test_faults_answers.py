"""Faults 1 to 18: answers that are not replies. Each must end in one sentence that says what to do."""

from __future__ import annotations

import email.utils
import json
from typing import Any

import pytest
from conversation import KEY, Conversation, question
from fault_server import FaultServer, completion, good, head, reply, streaming
from stopped_clock import StoppedClock

from glm_lsp.errors import (
    BadAnswer,
    BrokenStream,
    Failed,
    KeyRejected,
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
from glm_lsp.model.endpoint import Timeouts


def zai(code: int, message: str = "no") -> dict[str, Any]:
    return {"error": {"code": str(code), "message": message}}


def oxen(type_: str, title: str) -> dict[str, Any]:
    return {"error": {"type": type_, "title": title}, "status": "error", "status_message": type_}


async def refused(user: Conversation, answer: bytes, kind: type[Failed], *words: str) -> str:
    """The answer ends the question at once, with an error of `kind`; its sentence holds `words`."""
    heard = await user.ask(answer)
    assert type(heard.error) is kind
    assert heard.text == ""
    assert [attempt.outcome for attempt in heard.attempts] == [kind.__name__]
    assert heard.waits == []
    assert heard.error.next, "the user is told what to do"
    for word in words:
        assert word in heard.message
    return heard.message


async def mended(user: Conversation, *answers: bytes, retries: int) -> list[float]:
    """After `retries` waits the reply comes; the waits, in seconds."""
    heard = await user.ask(*answers)
    assert heard.error is None
    assert heard.reply == "fine"
    assert len(heard.waits) == retries
    assert len(heard.attempts) == retries + 1
    return heard.waits


async def test_fault_01_a_plain_400_is_shown_and_not_repeated(user: Conversation) -> None:
    body = {
        "error": {"type": "invalid_params", "title": "Invalid parameters", "detail": "Messages array cannot be empty"},
        "status": "error",
    }
    await refused(user, reply(400, body), RequestRejected, "400", "Messages array cannot be empty")


@pytest.mark.parametrize(
    ("status", "body", "parameter"),
    [
        (400, {"error": {"message": "Unknown parameter: 'reasoning_effort'."}}, "reasoning_effort"),
        (400, {"error": {"message": "no such thing", "param": "stream_options"}}, "stream_options"),
        (422, {"detail": "Unexpected fields in the request: {'reasoning_effort'}"}, "reasoning_effort"),
        (422, {"detail": [{"loc": ["body", "temperature"], "msg": "extra"}]}, "temperature"),
        (400, {"error": {"message": "Extra inputs are not permitted, field: 'top_p'"}}, "top_p"),
    ],
)
async def test_fault_01_a_parameter_refused_by_name_is_dropped_once_and_remembered(
    user: Conversation, server: FaultServer, status: int, body: object, parameter: str
) -> None:
    request = question(temperature=0.2, top_p=0.9)
    heard = await user.ask(reply(status, body), good(), request=request)
    assert heard.reply == "fine"
    assert [attempt.dropped for attempt in heard.attempts] == [parameter, ""]
    assert heard.waits == []
    first, second = server.asked
    assert parameter in first
    assert second == {name: value for name, value in first.items() if name != parameter}
    await user.ask(request=request)
    assert parameter not in server.asked[-1]


async def test_fault_01_a_parameter_refused_again_ends_the_question(user: Conversation, server: FaultServer) -> None:
    body = {"error": {"message": "reasoning_effort is not supported"}}
    heard = await user.ask(reply(400, body), reply(400, body))
    assert type(heard.error) is RequestRejected
    assert len(server.asked) == 2


async def test_fault_01_what_a_request_cannot_do_without_is_never_dropped(
    user: Conversation, server: FaultServer
) -> None:
    await refused(user, reply(400, {"error": {"message": "max_tokens must be at most 10"}}), RequestRejected)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "This model's maximum context length is 202000 tokens"}}),
        (413, b"<html>Request Entity Too Large</html>"),
        (422, {"detail": "prompt is too long: 300000 tokens"}),
        (400, zai(1261, "Prompt exceeds max length")),
    ],
)
async def test_fault_02_a_request_that_is_too_long_says_to_select_less(
    user: Conversation, status: int, body: object
) -> None:
    await refused(user, reply(status, body), TooLong, "too long", "Select less")


@pytest.mark.parametrize(
    "answer",
    [
        reply(401, oxen("unauthenticated", "Invalid API key")),
        reply(401, b""),
        *(reply(400, zai(code, "token expired")) for code in (1000, 1001, 1002, 1003, 1004)),
    ],
)
async def test_fault_03_a_wrong_key_points_to_the_key(user: Conversation, answer: bytes) -> None:
    await refused(user, answer, KeyRejected, "API key", "glm-lsp login")


async def test_fault_03_a_missing_key_is_told_from_a_wrong_one(user: Conversation) -> None:
    heard = await user.ask(reply(401, b""), endpoint=user.endpoint(key=""))
    assert type(heard.error) is KeyRejected
    assert "there is none" in heard.message


async def test_fault_04_no_credit_is_not_asked_again(user: Conversation) -> None:
    body = oxen("insufficient_credits", "You have run out of credits.")
    await refused(user, reply(402, body), NoCredit, "You have run out of credits", "Top up")


@pytest.mark.parametrize("words", ["Country not supported", "insufficient permissions"])
async def test_fault_05_a_model_that_is_not_allowed_says_so(user: Conversation, words: str) -> None:
    await refused(user, reply(403, {"error": {"message": words}}), NotPermitted, "plan and region", words)


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        (b"404 page not found", WrongAddress, "endpoint.base_url"),
        ({"error": {"message": "Not Found"}}, WrongAddress, "/v4"),
        ({"error": {"message": "Model not found: zai-org-glm-5-1"}}, NoSuchModel, "glm-lsp models"),
        (zai(1211, "模型不存在"), NoSuchModel, "endpoint.model"),
    ],
)
async def test_fault_06_a_wrong_path_is_told_from_a_wrong_model(
    user: Conversation, body: object, kind: type[Failed], word: str
) -> None:
    await refused(user, reply(404, body), kind, word)


async def test_fault_07_a_408_is_asked_again(user: Conversation) -> None:
    assert await mended(user, reply(408), good(), retries=1) == [0.25]


async def test_fault_08_a_duplicate_is_asked_again_once(user: Conversation, server: FaultServer) -> None:
    await mended(user, reply(409, zai(1231)), good(), retries=1)
    server.plan.clear()
    heard = await user.ask(reply(409), reply(409), good())
    assert type(heard.error) is ServerTrouble
    server.plan.clear()


async def test_fault_09_a_429_waits_as_long_as_it_is_told(user: Conversation) -> None:
    before = user.clock.now()
    waits = await mended(user, reply(429, headers={"Retry-After": "2"}), good(), retries=1)
    assert waits[0] >= 2
    assert user.clock.now() - before >= 2


async def test_fault_09_a_wait_can_be_cancelled(user: Conversation) -> None:
    events = user.model.ask(question(), user.endpoint())
    user.server.plan.append(reply(429, headers={"Retry-After": "30"}))
    names = [type(await anext(events)).__name__ for _ in range(2)]
    assert names == ["Attempt", "Waiting"]
    await events.aclose()


def http_date(offset: float) -> str:
    return email.utils.formatdate(StoppedClock().wall() + offset, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": http_date(20)}, 20, 21),
        ({"Retry-After": http_date(20), "Date": http_date(15)}, 5, 6),
        ({"Retry-After": http_date(-20)}, 0, 0.5),
        ({"Retry-After": "soon"}, 0, 0.5),
        ({"Retry-After": "-5"}, 0, 0.5),
        ({"Retry-After": "Mon, 99 Foo 2026 99:99:99 GMT"}, 0, 0.5),
        ({"retry-after-ms": "1500"}, 1.5, 2),
        ({"Retry-After": "3.5"}, 3.5, 4),
    ],
)
async def test_fault_10_every_shape_of_retry_after_is_read(
    user: Conversation, headers: dict[str, str], least: float, most: float
) -> None:
    (wait,) = await mended(user, reply(429, headers=headers), good(), retries=1)
    assert least <= wait <= most


@pytest.mark.parametrize("value", ["86400", http_date(86_400)])
async def test_fault_10_a_wait_of_a_day_is_told_instead_of_waited(user: Conversation, value: str) -> None:
    await refused(user, reply(429, headers={"Retry-After": value}), RateLimited, "24 hours")


@pytest.mark.parametrize("code", [1302, 1303, 1305, 1312])
async def test_fault_11_a_busy_server_is_asked_again_with_growing_waits(user: Conversation, code: int) -> None:
    busy = reply(429, zai(code, "High concurrency"))
    assert await mended(user, busy, busy, busy, good(), retries=3) == [0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1113, NoCredit),
        (1309, NoCredit),
        (1112, NotPermitted),
        *((code, RateLimited) for code in (1304, 1308, 1310, 1311, 1313)),
    ],
)
async def test_fault_12_a_429_that_waiting_cannot_mend_is_not_asked_again(
    user: Conversation, code: int, kind: type[Failed]
) -> None:
    await refused(user, reply(429, zai(code, "resets at 2026-12-01 00:00")), kind, "2026-12-01")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"type": "insufficient_quota", "message": "You exceeded your current quota"}}, NoCredit),
        ({"error": {"message": "Your account balance is too low"}}, NoCredit),
        ({"error": {"message": "账户已欠费"}}, NoCredit),
        ({"error": {"message": "Your account was suspended"}}, NotPermitted),
    ],
)
async def test_fault_12_words_about_the_account_stop_a_429_too(
    user: Conversation, body: object, kind: type[Failed]
) -> None:
    await refused(user, reply(429, body), kind)


@pytest.mark.parametrize("status", [418, 434, 435, 451, 499])
async def test_fault_13_unknown_client_errors_are_refusals(user: Conversation, status: int) -> None:
    await refused(user, reply(status), RequestRejected, str(status))


@pytest.mark.parametrize("status", [520, 522, 525, 529, 530])
async def test_fault_13_unknown_server_errors_are_asked_again(user: Conversation, status: int) -> None:
    await mended(user, reply(status, b"<html>cloud</html>"), good(), retries=1)


async def test_fault_13_an_interim_answer_is_skipped(user: Conversation) -> None:
    assert (await user.ask(head(103, {"Link": "x"}) + good())).reply == "fine"


async def test_fault_13_an_empty_success_is_asked_again_then_told(user: Conversation) -> None:
    heard = await user.ask(*[head(204, {})] * 3)
    assert type(heard.error) is BrokenStream
    assert len(heard.waits) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_fault_14_a_server_in_trouble_is_asked_twice_more(user: Conversation, status: int) -> None:
    body = {"error": {"type": "upstream", "title": "The model provider returned an error."}, "status": 502}
    heard = await user.ask(*[reply(status, body)] * 3)
    assert type(heard.error) is ServerTrouble
    assert "The model provider returned an error" in heard.message
    assert heard.waits == [0.25, 0.5]
    assert [attempt.status for attempt in heard.attempts] == [status] * 3


async def test_fault_14_a_503_says_when_to_come_back(user: Conversation) -> None:
    (wait,) = await mended(user, reply(503, headers={"Retry-After": "7"}), good(), retries=1)
    assert 7 <= wait <= 7.5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/v1/chat/completions",
        "https://evil.example/",
        "/elsewhere",
        "{self}",
        "",
        "javascript:0",
    ],
)
async def test_fault_15_a_redirect_is_never_followed(
    user: Conversation, server: FaultServer, status: int, location: str
) -> None:
    """The key and the code would go wherever the answer points."""
    other = FaultServer()
    await other.start()
    try:
        target = location.format(other=other.port, self=f"http://127.0.0.1:{server.port}/v1/chat/completions")
        headers = {"Location": target} if target else {}
        await refused(user, reply(status, b"moved", headers), WrongAddress, "not followed", "endpoint.base_url")
        assert other.connections == 0
        assert len(server.bodies) == 1
    finally:
        await other.stop()


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"<!DOCTYPE html><html>Log in to the hotel</html>", {"Content-Type": "text/html"}),
        reply(200, b"\n <html>Log in</html>", {"Content-Type": "text/event-stream"}),
        reply(200, b"\xef\xbb\xbf<html>Log in</html>"),
        reply(200, b"please log in", {"Content-Type": "text/html; charset=utf-8"}),
    ],
)
async def test_fault_16_a_login_page_is_recognised(user: Conversation, answer: bytes) -> None:
    await refused(user, answer, BadAnswer, "web page", "login page of the network")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "Invalid API key", "code": 401}}, KeyRejected),
        ({"error": "insufficient credits", "code": 402}, NoCredit),
        ({"code": 1211, "msg": "model missing", "success": False}, NoSuchModel),
        (oxen("insufficient_credits", "You have run out of credits."), NoCredit),
        ({"error": {"code": "1261", "message": "too long"}}, TooLong),
        ({"error": {"code": "1213", "message": "prompt missing"}}, RequestRejected),
    ],
)
async def test_fault_17_an_error_in_a_200_is_an_error(user: Conversation, body: object, kind: type[Failed]) -> None:
    heard = await user.ask(reply(200, body), request=question(stream=False))
    assert type(heard.error) is kind


NESTED = b"[" * 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"17",
        b'"text"',
        b"true",
        b"not json at all",
        b"{broken",
        b'{"choices": [{"message": {"content": NaN}}]}',
        b'{"choices": 3}',
        b'{"hello": "world"}',
        b'{"choices": [{"message": {"content": "\xff\xfe"}, "finish_reason": "stop"}]}',
        json.dumps(completion()).encode("utf-16"),
        NESTED,
        b'{"choices": ' + NESTED,
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_fault_18_a_body_that_is_no_reply_is_a_bad_answer(user: Conversation, body: bytes, kind: str) -> None:
    heard = await user.ask(*[reply(200, body, {"Content-Type": kind})] * 3)
    assert isinstance(heard.error, BadAnswer | BrokenStream)
    assert heard.text == ""
    assert heard.finished is None


@pytest.mark.parametrize(
    "document",
    [
        {"choices": [{"message": "text", "finish_reason": "stop"}]},
        {"choices": ["text", None, 3], "usage": "much"},
        {"choices": [{"message": {"content": 5, "tool_calls": 7, "reasoning": {}}, "finish_reason": []}]},
        {"choices": [{"message": {"content": {"a": 1}}, "finish_reason": "stop"}], "model": 9, "usage": {"x": None}},
    ],
)
async def test_fault_18_wrong_types_never_become_text(user: Conversation, document: object) -> None:
    heard = await user.ask(*[reply(200, document)] * 3)
    assert heard.text == ""
    assert heard.finished is not None or isinstance(heard.error, Failed)


async def test_fault_18_a_byte_order_mark_and_a_key_given_twice_are_read(user: Conversation) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(completion("first")).encode().replace(
        b'"content": "first"', b'"content": "first", "content": "last"'
    )
    assert (await user.ask(reply(200, body))).reply == "last"


async def test_an_error_body_that_is_endless_still_gives_its_status(user: Conversation) -> None:
    await refused(user, reply(402, b"x" * 5_000_000), NoCredit)


async def test_an_error_that_never_ends_is_not_waited_for(user: Conversation) -> None:
    heard = await user.ask_and_wait(61, user.server.then_silent(head(401, {"Content-Length": "100"})))
    assert type(heard.error) is KeyRejected


async def test_the_server_s_own_words_cannot_steer_a_terminal(user: Conversation) -> None:
    evil = "\x1b]52;c;ZXZpbA==\x07boo\x1b[31m red\x9b2J \u202e\u200b x\x1b"
    message = await refused(user, reply(400, {"error": {"message": evil}}), RequestRejected, "boo red x")
    assert message.isprintable()


async def test_a_timed_out_request_of_the_server_ends_after_two_more(user: Conversation) -> None:
    heard = await user.ask(*[reply(408)] * 3)
    assert type(heard.error) is TimedOut


async def test_waiting_stops_at_the_total_deadline(user: Conversation) -> None:
    """A second wait of 40 seconds would end after the 60 the question has: it is not begun."""
    busy = reply(429, headers={"Retry-After": "40"})
    heard = await user.ask(busy, busy, good(), endpoint=user.endpoint(timeouts=Timeouts(total=60)))
    assert type(heard.error) is RateLimited
    assert len(heard.waits) == 1


async def test_the_key_goes_into_one_header_only(user: Conversation, server: FaultServer) -> None:
    await user.ask(streaming(b"data: [DONE]\n\n"))
    assert server.heads[0].count(KEY.encode()) == 1
    assert b"\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n" in server.heads[0]
    assert KEY.encode() not in server.bodies[0]
