"""Answers of four real servers, replayed: without these, a reply that one of them words in its own way is lost."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples
from transcripts import FOLDER, Transcript, transcripts

from glm_lsp.errors import Failed
from glm_lsp.model.chunks import Answer
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Event, Retracted, TextDelta
from glm_lsp.model.failures import Rejection
from glm_lsp.model.messages import Tool
from glm_lsp.model.refusals import judged, rejection

ENDPOINT = Endpoint("https://hub.oxen.ai/api/ai", "zai-org-glm-5-1")
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
ALL = transcripts()


def answer_to(transcript: Transcript) -> Answer:
    offered = cast("list[dict[str, Any]]", transcript.asked.get("tools", []))
    tools = [Tool(tool["function"]["name"], "", tool["function"]["parameters"]) for tool in offered]
    return Answer(ENDPOINT, tools, lambda document: judged(200, document, transcript.headers, ENDPOINT, (), 0.0))


def text_of(events: list[Event]) -> tuple[str, bool]:
    """The reply as somebody adds it up who sees the deltas only, and whether it was taken back once."""
    text, retracted = "", False
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Retracted):
            text, retracted = "", True
    return text, retracted


def replayed(transcript: Transcript) -> dict[str, Any]:
    if not transcript.status:
        return {"error": "no answer"}
    if transcript.status != 200:
        body = b"".join(transcript.pieces)
        sent = ("thinking", "stream_options")
        refused = rejection(transcript.status, transcript.headers, body, ENDPOINT, sent, 0.0)
        return {
            "error": type(refused.error).__name__,
            "retries": refused.retries,
            "parameter": refused.parameter,
            "wait": refused.wait,
        }
    answer, events = answer_to(transcript), []
    try:
        for piece in transcript.pieces:
            events += answer.feed(piece)
            answer.check()
        events += answer.end()
        finished = answer.finished()
    except Failed as error:
        return {"error": type(error).__name__}
    text, retracted = text_of(events)
    assert text == finished.text
    return {
        **({"retracted": True} if retracted else {}),
        "reason": finished.reason,
        "text": text,
        "reasoning": finished.reasoning,
        "calls": [[call.name, call.arguments] for call in finished.tool_calls],
        "usage": [answer.usage.prompt, answer.usage.completion] if answer.usage else None,
    }


def test_there_is_an_expectation_for_every_transcript() -> None:
    assert {transcript.name for transcript in ALL} == set(EXPECTED)
    assert len(ALL) >= 50


@pytest.mark.parametrize("transcript", ALL, ids=lambda transcript: transcript.name)
def test_a_real_answer_is_understood(transcript: Transcript) -> None:
    assert replayed(transcript) == EXPECTED[transcript.name]


BROKEN = (
    b'data: {"choices": [{"delta": {"content": "half"}}]}\n\ndata: {"error": {"message": "no"}}\n\ndata: [DONE]\n\n'
)
STREAMS = [
    BROKEN,
    *(b"".join(transcript.pieces) for transcript in ALL if transcript.status == 200 and transcript.pieces),
]


def events_of(pieces: list[bytes]) -> list[object]:
    """All events, and the error the answer ended with."""
    answer = Answer(ENDPOINT, (), lambda document: judged(200, document, {}, ENDPOINT, (), 0.0))
    events: list[object] = []
    try:
        for piece in pieces:
            events += answer.feed(piece)
            answer.check()
        events += answer.end()
        events.append(answer.finished())
    except (Failed, Rejection) as error:
        events.append(type(error).__name__)
    return events


@settings(max_examples=examples(60), deadline=None)
@given(stream=st.sampled_from(STREAMS), data=st.data())
def test_any_cut_of_a_stream_gives_the_same_events(stream: bytes, data: st.DataObject) -> None:
    """The network cuts where it likes; a reply must not depend on it."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=40)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events_of(pieces) == events_of([stream])


@pytest.mark.parametrize("stream", [min(STREAMS, key=len), b"\xef\xbb\xbf" + STREAMS[3].replace(b"\n", b"\r\n")])
def test_one_byte_at_a_time_gives_the_same_events(stream: bytes) -> None:
    assert events_of([stream[at : at + 1] for at in range(len(stream))]) == events_of([stream])
