"""Faults 19 to 36: streams. What arrives whole is a reply; whatever else arrives must never be taken for one."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import Any

import pytest
from conversation import READ_FILE, Conversation, Pieces, question
from fault_server import DONE, Connection, FaultServer, completion, delta, event, good, head, reply, streaming

from glm_lsp.errors import BadAnswer, BrokenStream, Failed, NoCredit, RateLimited, ServerTrouble, TimedOut
from glm_lsp.model.events import Finished, FinishReason, ReasoningDelta, TextDelta, Usage
from glm_lsp.model.messages import ToolCall

STOP = delta(finish="stop")
TEXT = "naïve “ünïcode” 😀 — 語\n"


def one_byte_chunks(content: bytes) -> bytes:
    return streaming(*(content[at : at + 1] for at in range(len(content))))


async def text_of(user: Conversation, *parts: bytes) -> str:
    heard = await user.ask(streaming(*parts))
    assert heard.error is None
    assert heard.finished is not None
    assert heard.finished.text == heard.text
    return heard.text


async def not_a_reply(user: Conversation, answer: bytes, *kinds: type[Failed]) -> str:
    """However often it comes, the answer ends in an error of one of `kinds`, and never in `Finished`."""
    heard = await user.ask(*[answer] * 5)
    user.server.plan.clear()
    assert isinstance(heard.error, kinds)
    assert heard.finished is None
    assert heard.error.next
    return heard.text


async def test_fault_19_a_reply_in_one_piece_is_taken_where_a_stream_was_asked_for(user: Conversation) -> None:
    heard = await user.ask(reply(200, completion("whole", reasoning_content="hm")))
    assert heard.finished == Finished("stop", (), "whole", "hm")
    assert heard.events[:2] == [ReasoningDelta("hm"), TextDelta("whole")]
    assert Usage(11, 7) in heard.events


async def test_fault_19_a_stream_is_taken_where_one_piece_was_asked_for(
    user: Conversation, server: FaultServer
) -> None:
    heard = await user.ask(good("stream"), request=question(stream=False))
    assert heard.reply == "stream"
    assert server.asked[0]["stream"] is False
    assert "stream_options" not in server.asked[0]


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "", "application/json"])
async def test_fault_19_the_bytes_count_not_the_content_type(user: Conversation, kind: str) -> None:
    assert (await user.ask(streaming(delta("x"), STOP, headers={"Content-Type": kind}))).reply == "x"


async def test_fault_20_characters_cut_at_every_byte_come_out_whole(user: Conversation) -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": TEXT}}]}, ensure_ascii=False).encode()
    whole = b"data: " + chunk + b"\n\n" + STOP
    places = [at for at in range(1, len(whole)) if whole[at] & 0xC0 == 0x80]
    assert len(places) >= 12
    for at in places:
        assert await text_of(user, whole[:at], whole[at:]) == TEXT


async def test_fault_20_half_a_surrogate_pair_in_each_event_is_one_character(user: Conversation) -> None:
    parts = [b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half for half in (b"a\\ud83d", b"\\ude00b")]
    assert await text_of(user, *parts, STOP) == "a😀b"


async def test_fault_20_half_a_character_at_the_end_is_an_error(user: Conversation) -> None:
    lone = b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n'
    await not_a_reply(user, streaming(lone, STOP, DONE), BadAnswer)


async def test_fault_21_one_byte_a_chunk_and_all_in_one_chunk_are_the_same(user: Conversation) -> None:
    content = delta(TEXT) + delta("more") + STOP + DONE
    split, whole = await user.ask(one_byte_chunks(content)), await user.ask(streaming(content))
    assert split.reply == whole.reply == TEXT + "more"
    assert split.events == whole.events


@pytest.mark.parametrize("ending", [b"\r\n", b"\r", b"\n"])
async def test_fault_22_every_line_ending_ends_a_line(user: Conversation, ending: bytes) -> None:
    content = (delta("a") + delta("b") + STOP + DONE).replace(b"\n", ending)
    assert await text_of(user, content) == "ab"
    assert (await user.ask(one_byte_chunks(content))).reply == "ab"


async def test_fault_22_mixed_line_endings(user: Conversation) -> None:
    content = delta("a").replace(b"\n\n", b"\r\n\n") + delta("b").replace(b"\n\n", b"\n\r") + delta("c") + STOP
    assert (await user.ask(one_byte_chunks(content))).reply == "abc"


async def test_fault_23_everything_that_is_not_data_is_ignored(user: Conversation) -> None:
    extras = b": ping\n\n\n\nevent: chunk\nid: 7\nretry: 10\nfoo: bar\nfoo\n"
    without_space = delta("b").replace(b"data: ", b"data:")
    lines = json.dumps({"choices": [{"delta": {"content": "c"}}]}, indent=1).encode().split(b"\n")
    several = b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
    assert await text_of(user, extras + delta("a"), without_space, several, b":\n\n", STOP, DONE) == "abc"


async def test_fault_24_a_finish_reason_is_an_end_without_done(user: Conversation) -> None:
    heard = await user.ask(streaming(delta("whole"), STOP))
    assert heard.finished == Finished("stop", (), "whole")


async def test_fault_24_a_connection_that_breaks_after_the_finish_reason_loses_nothing(user: Conversation) -> None:
    async def broken(connection: Connection) -> None:
        await connection.send(streaming(delta("whole"), STOP, b"data: {half an ev", ended=False))
        connection.close()

    assert (await user.ask(broken)).reply == "whole"


@pytest.mark.parametrize("tail", [b"", b"data: {", b"data: [DON", delta()])
async def test_fault_25_a_stream_that_just_stops_is_not_a_reply(user: Conversation, tail: bytes) -> None:
    """Half a function must not be written over a whole one."""
    heard = await user.ask(streaming(delta("def f():\n"), tail))
    assert type(heard.error) is BrokenStream
    assert heard.text == "def f():\n", "what came may still be shown"
    assert heard.waits == [], "nothing is repeated once text was shown"


async def test_fault_25_a_stream_without_any_event_is_asked_again(user: Conversation) -> None:
    heard = await user.ask(streaming(), good())
    assert heard.reply == "fine"
    assert [attempt.outcome for attempt in heard.attempts] == ["BrokenStream", "ok"]


async def test_fault_26_what_follows_done_does_not_count(user: Conversation) -> None:
    heard = await user.ask(streaming(delta("a"), DONE, delta("b"), DONE))
    assert heard.finished == Finished("done", (), "a")
    heard = await user.ask(streaming(DONE + delta("b") + STOP))
    assert heard.finished == Finished("done", (), "")


async def test_fault_26_a_connection_held_open_after_done_holds_nothing_up(
    user: Conversation, server: FaultServer
) -> None:
    heard = await user.ask(server.then_silent(streaming(delta("a"), STOP, DONE, ended=False)))
    assert heard.reply == "a"


ERRORS = [
    event({"error": {"message": "upstream died", "code": 502}}),
    event({"error": "upstream died"}),
    b"event: error\n" + event({"message": "upstream died"}),
    b"event: error\n" + event("upstream died"),
    delta(finish="network_error"),
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("end", [b"", DONE, STOP + DONE])
@pytest.mark.parametrize("at_once", [True, False])
async def test_fault_27_an_error_inside_a_stream_is_an_error(
    user: Conversation, error: bytes, end: bytes, at_once: bool
) -> None:
    parts = [delta("half") + error + end] if at_once else [delta("half"), error, end]
    heard = await user.ask(streaming(*parts))
    assert type(heard.error) is ServerTrouble
    assert heard.text == "half"
    assert heard.finished is None
    assert heard.waits == []


async def test_fault_27_an_error_before_the_first_word_is_asked_again_if_that_can_help(user: Conversation) -> None:
    busy = event({"error": {"message": "slow down", "code": 429}})
    heard = await user.ask(streaming(busy), good())
    assert [attempt.outcome for attempt in heard.attempts] == [RateLimited.__name__, "ok"]
    broke = event({"error": {"type": "insufficient_credits", "title": "You have run out of credits."}})
    heard = await user.ask(streaming(broke))
    assert type(heard.error) is NoCredit


@pytest.mark.parametrize(
    "usage",
    [
        event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}),
        event({"choices": None, "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
        event({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
        event({"choices": [{"index": 0, "delta": {}}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
    ],
)
@pytest.mark.parametrize("first", [True, False])
async def test_fault_28_usage_is_found_wherever_it_stands(user: Conversation, usage: bytes, first: bool) -> None:
    parts = [usage, delta("x"), STOP] if first else [delta("x"), STOP, usage]
    heard = await user.ask(streaming(*parts, DONE))
    assert heard.reply == "x"
    assert [event for event in heard.events if isinstance(event, Usage)] == [Usage(3, 4)]
    assert heard.attempts[0].usage == Usage(3, 4)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(9, 5, 4, 2),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 5, "cache_read_input_tokens": 3}, Usage(9, 5, 3)),
        ({"prompt_tokens": None, "completion_tokens": "5", "prompt_tokens_details": None}, Usage(0, 0)),
        ({"prompt_tokens": -4, "completion_tokens": True}, Usage(0, 0)),
    ],
)
async def test_fault_28_usage_of_every_shape(user: Conversation, usage: dict[str, Any], expected: Usage) -> None:
    heard = await user.ask(streaming(delta("x"), STOP, event({"choices": [], "usage": usage})))
    assert expected in heard.events


def raw(delta_: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": delta_}]})


async def test_fault_29_deltas_without_text_say_nothing(user: Conversation) -> None:
    odd: list[object] = [
        None,
        {},
        {"content": None},
        {"content": ""},
        {"role": "assistant"},
        {"content": []},
        [],
        "x",
        {"tool_calls": None},
    ]
    assert await text_of(user, *(raw(delta_) for delta_ in odd), delta("ok"), STOP) == "ok"


async def test_fault_29_a_content_in_parts_is_joined(user: Conversation) -> None:
    parts = raw({"content": [{"type": "text", "text": "a"}, {"type": "image"}, "b"]})
    assert await text_of(user, parts, STOP) == "ab"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_fault_29_thoughts_never_reach_the_reply(user: Conversation, name: str) -> None:
    heard = await user.ask(streaming(raw({name: "hm "}), raw({name: "so", "content": None}), delta("reply"), STOP))
    assert heard.finished == Finished("stop", (), "reply", "hm so")


async def test_fault_29_a_reply_mirrored_in_the_thoughts_is_not_said_twice(user: Conversation) -> None:
    mirrored = raw({"reasoning_content": "hm", "content": "hm"})
    heard = await user.ask(streaming(mirrored, delta("reply"), STOP))
    assert heard.reply == "reply"


async def test_fault_29_a_function_call_nobody_offered_is_refused(user: Conversation) -> None:
    call = raw({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "rm", "arguments": "{}"}}]})
    await not_a_reply(user, streaming(delta("text"), call, delta(finish="tool_calls")), BadAnswer)


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (["length"], "length"),
        (["content_filter"], "sensitive"),
        (["sensitive"], "sensitive"),
        (["model_context_window_exceeded"], "length"),
        (["brand_new"], "unknown"),
        (["stop", "stop"], "stop"),
        (["stop", "length"], "length"),
        (["length", "stop"], "length"),
        (["sensitive", "stop"], "sensitive"),
    ],
)
async def test_fault_30_a_cut_reply_is_marked_as_cut(
    user: Conversation, reasons: list[str], expected: FinishReason
) -> None:
    heard = await user.ask(streaming(delta("half"), *(delta(finish=reason) for reason in reasons), DONE))
    assert heard.finished == Finished(expected, (), "half")


async def test_fault_31_other_choices_are_not_mixed_in(user: Conversation) -> None:
    def choice(index: object, text: str) -> bytes:
        return event({"choices": [{"index": index, "delta": {"content": text}}]})

    both = event({"choices": [{"index": 1, "delta": {"content": "no"}}, {"index": 0, "delta": {"content": "b"}}]})
    missing = event({"choices": [{"delta": {"content": "d"}}]})
    end_of_other = event({"choices": [{"index": 1, "delta": {}, "finish_reason": "length"}]})
    parts = [choice(0, "a"), choice(1, "no"), both, choice(None, "c"), missing, end_of_other, STOP]
    heard = await user.ask(streaming(*parts))
    assert heard.finished == Finished("stop", (), "abcd")


@pytest.mark.parametrize("bad", [b"data: {oops}\n\n", b"data: null\n\n", b"data: [1]\n\n", b"data: NaN\n\n"])
async def test_fault_32_an_event_that_cannot_be_read_ends_the_reply(user: Conversation, bad: bytes) -> None:
    """What it held is lost, so the rest is not the reply."""
    await not_a_reply(user, streaming(delta("a"), bad, delta("c"), STOP, DONE), BadAnswer)


async def test_fault_32_two_events_glued_together_are_asked_for_again_in_one_piece(
    user: Conversation, server: FaultServer
) -> None:
    glued = b'data: {"id":"1","object":"chat.c' + delta("c")
    heard = await user.ask(streaming(delta("a"), glued, STOP, DONE), reply(200, completion("abc")))
    assert heard.reply == "abc"
    assert [body["stream"] for body in server.asked] == [True, False]


def call(index: object = 0, id_: str | None = None, name: str | None = None, arguments: object = None) -> bytes:
    entry: dict[str, object] = {"function": {"name": name, "arguments": arguments}}
    if index is not None:
        entry["index"] = index
    if id_ is not None:
        entry["id"] = id_
    return raw({"tool_calls": [entry]})


WITH_TOOLS = question(tools=(READ_FILE,))


async def test_broken_arguments_are_asked_for_again_in_one_piece_once(user: Conversation, server: FaultServer) -> None:
    broken = streaming(call(0, "1", "read_file", '{"path": '), delta(finish="tool_calls"), DONE)
    whole = {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read_file", "arguments": '{"a":1}'}}]}
    heard = await user.ask(broken, reply(200, completion("", "tool_calls", **whole)), request=WITH_TOOLS)
    assert heard.finished == Finished("tool_calls", (ToolCall("1", "read_file", '{"a":1}'),))
    assert [body["stream"] for body in server.asked] == [True, False]
    heard = await user.ask(broken, broken, good(), request=WITH_TOOLS)
    assert type(heard.error) is BadAnswer
    server.plan.clear()


async def test_a_call_that_was_announced_and_never_came_is_asked_for_again(user: Conversation) -> None:
    lost = streaming(delta(""), delta(finish="tool_calls"), DONE)
    heard = await user.ask(lost, good(), request=WITH_TOOLS)
    assert heard.reply == "fine"


async def test_fault_33_silence_before_the_answer(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask_and_wait(60, server.silent)
    assert type(heard.error) is TimedOut
    assert "did not begin to answer within 60 seconds" in heard.message
    assert [attempt.outcome for attempt in heard.attempts] == ["TimedOut"]
    assert heard.waits == [], "the user has waited long enough"


async def test_fault_33_thinking_is_given_more_time(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask_and_wait(180, server.silent, request=question(thinking=True))
    assert "within 180 seconds" in heard.message


async def test_fault_33_silence_after_the_headers(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask_and_wait(60, server.then_silent(streaming(ended=False)))
    assert "did not begin to answer within 60 seconds" in heard.message


async def test_fault_33_silence_after_the_first_word(user: Conversation, server: FaultServer) -> None:
    heard = await user.ask_and_wait(60, server.then_silent(streaming(delta("a"), ended=False)), after_text=True)
    assert "stopped answering for 60 seconds" in heard.message
    assert heard.text == "a"


async def test_fault_33_each_piece_gives_the_whole_idle_time_again(
    user: Conversation, server: FaultServer, pieces: Pieces
) -> None:
    async def in_steps(connection: Connection) -> None:
        await connection.send(streaming(delta("a"), ended=False))
        await server.ticks.acquire()
        await server.then_silent(b"%x\r\n%s\r\n" % (len(delta("b")), delta("b")))(connection)

    task = asyncio.create_task(user.ask(in_steps))
    await pieces.taken(1)
    user.clock.advance(40)
    server.ticks.release()
    await pieces.taken(2)
    user.clock.advance(59)
    await asyncio.sleep(0)
    assert not task.done()
    user.clock.advance(1)
    heard = await task
    assert "stopped answering for 60 seconds" in heard.message
    assert heard.text == "ab"


@pytest.mark.parametrize("piece", [b": ping\n\n", b"x"], ids=["keep-alives", "a byte at a time"])
async def test_fault_33_a_server_that_only_keeps_alive_meets_the_total_deadline(
    user: Conversation, server: FaultServer, pieces: Pieces, piece: bytes
) -> None:
    """Keep-alives hold off the idle deadline, but not the total one."""

    async def keep_alive(connection: Connection) -> None:
        await connection.send(streaming(delta("a"), ended=False))
        while True:
            await server.ticks.acquire()
            await connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))

    task = asyncio.create_task(user.ask(keep_alive))
    await pieces.taken(1)
    for count in range(2, 7):
        user.clock.advance(50)
        server.ticks.release()
        await pieces.taken(count)
    user.clock.advance(50)
    heard = await task
    assert "did not finish within 300 seconds" in heard.message


async def test_fault_34_a_line_without_end_is_not_kept(user: Conversation, server: FaultServer) -> None:
    async def endless(connection: Connection) -> None:
        await connection.send(head(200, {"Content-Type": "text/event-stream"}) + b"data: ")
        for _ in range(1_600):
            await connection.send(b"x" * 65_536)

    await not_a_reply_from(user, endless, "too long")


async def test_fault_34_a_body_without_end_is_not_kept(user: Conversation) -> None:
    async def endless(connection: Connection) -> None:
        await connection.send(head(200, {"Content-Type": "application/json"}) + b'{"choices": [')
        for _ in range(16_000):
            await connection.send(b" " * 65_536)

    await not_a_reply_from(user, endless, "far more")


async def test_fault_34_a_million_events_are_too_many(user: Conversation) -> None:
    async def endless(connection: Connection) -> None:
        await connection.send(head(200, {"Content-Type": "text/event-stream"}))
        for _ in range(1_000):
            await connection.send(b"data: {}\n\n" * 1_000)

    await not_a_reply_from(user, endless, "far more")


async def not_a_reply_from(user: Conversation, handler: Any, words: str) -> None:
    heard = await user.ask(handler)
    assert type(heard.error) is BadAnswer
    assert words in heard.message


async def test_an_endless_repetition_is_stopped(user: Conversation) -> None:
    heard = await user.ask(streaming(*[delta("the lock, the lock, ")] * 3_000))
    assert type(heard.error) is BadAnswer
    assert "repeated itself" in heard.message
    assert len(heard.text) < 20_000


def encoded(coding: str, content: bytes) -> bytes:
    return (
        head(
            200, {"Content-Type": "text/event-stream", "Content-Encoding": coding, "Content-Length": str(len(content))}
        )
        + content
    )


CONTENT = delta(TEXT) + STOP + DONE


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", gzip.compress(CONTENT)),
        ("deflate", zlib.compress(CONTENT)),
        ("deflate", zlib.compress(CONTENT)[2:-4]),
        ("identity", CONTENT),
    ],
)
async def test_fault_35_compressed_answers_are_read(user: Conversation, coding: str, content: bytes) -> None:
    assert (await user.ask(encoded(coding, content))).reply == TEXT


@pytest.mark.parametrize(
    ("coding", "content"),
    [("gzip", CONTENT), ("gzip", b"\x1f\x8b\x08bad" + CONTENT), ("br", b"\x0b\x02\x80"), ("gzip, gzip", CONTENT)],
)
async def test_fault_35_wrong_compression_is_an_error(user: Conversation, coding: str, content: bytes) -> None:
    await not_a_reply(user, encoded(coding, content), BadAnswer)


async def test_fault_35_a_gzip_bomb_does_not_go_off(user: Conversation) -> None:
    """A hundred kilobytes that stand for a hundred megabytes."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = b"data: " + b" " * (1 << 20)
    bomb = b"".join(squeezer.compress(block) for _ in range(96)) + squeezer.flush()
    assert len(bomb) < 1 << 18
    await not_a_reply(user, encoded("gzip", bomb), BadAnswer)


@pytest.mark.parametrize(
    "answer",
    [
        head(200, {"Content-Type": "application/json", "Content-Length": "10"}) + b'{"choices":[{"message":1}]}',
        head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}) + b"zz\r\nnope\r\n",
        head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}) + b"5\r\nabcdefgh\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"\x00\x01\x02 hello\r\n\r\n",
    ],
    ids=["length too short", "no chunk size", "chunk too long", "unknown protocol", "no HTTP"],
)
async def test_fault_36_broken_framing_is_an_error(user: Conversation, answer: bytes) -> None:
    async def broken(connection: Connection) -> None:
        await connection.send(answer)
        connection.close()

    heard = await user.ask(broken, broken, broken)
    user.server.plan.clear()
    assert isinstance(heard.error, BadAnswer | BrokenStream)


async def test_fault_36_a_body_shorter_than_its_length_is_not_a_reply(user: Conversation) -> None:
    body = json.dumps(completion("whole?")).encode()

    async def short(connection: Connection) -> None:
        await connection.send(head(200, {"Content-Type": "application/json", "Content-Length": "9999"}) + body)
        connection.close()

    heard = await user.ask(short, short, short)
    assert type(heard.error) is BrokenStream
    assert heard.text == ""
