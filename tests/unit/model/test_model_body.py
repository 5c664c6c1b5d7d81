"""The body. If these fail, a parameter is sent that was not set, or one that was set is not."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from glm_lsp.model.body import body, encoded, headers
from glm_lsp.model.endpoint import Endpoint, Key, ThinkingDialect
from glm_lsp.model.messages import ClearedRequest, Message, Tool, ToolCall

ENDPOINT = Endpoint("https://hub.oxen.ai/api/ai", "zai-org-glm-5-1", Key("k" * 20), thinking_dialect="none")
LEAST = ClearedRequest("zai-org-glm-5-1", (Message("user", "hi"),), max_tokens=64)


def test_what_is_not_set_is_not_sent() -> None:
    assert body(LEAST, ENDPOINT) == {
        "model": "zai-org-glm-5-1",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 64,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("temperature", 0.0, 0.0),
        ("temperature", 0.7, 0.7),
        ("top_p", 1.0, 1.0),
        ("frequency_penalty", 0, 0),
        ("presence_penalty", -0.5, -0.5),
        ("tool_choice", "none", "none"),
        ("parallel_tool_calls", False, False),
        ("response_format", "json_object", {"type": "json_object"}),
        ("max_tokens", 7, 7),
        ("model", "other", "other"),
    ],
)
def test_what_is_set_goes_out_as_it_is(name: str, value: Any, sent: object) -> None:
    assert body(dataclasses.replace(LEAST, **{name: value}), ENDPOINT)[name] == sent


def test_nothing_of_a_stream_is_sent_where_none_is_asked_for() -> None:
    fields = body(LEAST, ENDPOINT, stream=False)
    assert fields["stream"] is False
    assert "stream_options" not in fields


@pytest.mark.parametrize(
    ("dialect", "off", "on"),
    [
        ("reasoning_effort", {"reasoning_effort": "none"}, {"reasoning_effort": "high"}),
        ("thinking", {"thinking": {"type": "disabled"}}, {"thinking": {"type": "enabled"}}),
        (
            "chat_template_kwargs",
            {"chat_template_kwargs": {"enable_thinking": False}},
            {"chat_template_kwargs": {"enable_thinking": True}},
        ),
        ("none", {}, {}),
    ],
)
def test_each_dialect_of_thinking(dialect: ThinkingDialect, off: dict[str, Any], on: dict[str, Any]) -> None:
    endpoint = dataclasses.replace(ENDPOINT, thinking_dialect=dialect)
    plain = body(LEAST, ENDPOINT)
    assert body(LEAST, endpoint) == plain | off
    assert body(dataclasses.replace(LEAST, thinking=True), endpoint) == plain | on


def test_what_the_server_refuses_is_not_sent() -> None:
    endpoint = dataclasses.replace(ENDPOINT, refused_parameters=frozenset({"temperature", "stream_options"}))
    fields = body(dataclasses.replace(LEAST, temperature=0.2), endpoint)
    assert "temperature" not in fields
    assert "stream_options" not in fields


CONVERSATION = (
    Message("system", "be brief"),
    Message("user", "read a.py"),
    Message("assistant", "", (ToolCall("1", "read_file", '{"path": "a.py"}'),), reasoning="I should read it."),
    Message("tool", "x = 1\n", tool_call_id="1"),
)


def test_a_conversation_with_tools_is_plain_strings_with_its_thoughts() -> None:
    tool = Tool("read_file", "Reads a file.", {"type": "object"})
    fields = body(dataclasses.replace(LEAST, messages=CONVERSATION, tools=(tool,)), ENDPOINT)
    assert fields["messages"][2:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "a.py"}'}}
            ],
            "reasoning_content": "I should read it.",
        },
        {"role": "tool", "content": "x = 1\n", "tool_call_id": "1"},
    ]
    assert fields["tools"] == [
        {
            "type": "function",
            "function": {"name": "read_file", "description": "Reads a file.", "parameters": {"type": "object"}},
        }
    ]
    assert all(isinstance(message["content"], str) for message in fields["messages"])


def test_thoughts_are_left_out_where_they_are_refused_or_belong_to_no_call() -> None:
    endpoint = dataclasses.replace(ENDPOINT, refused_parameters=frozenset({"reasoning_content"}))
    for messages, at in ((CONVERSATION, endpoint), ((Message("assistant", "x", reasoning="hm"),), ENDPOINT)):
        sent = json.dumps(body(dataclasses.replace(LEAST, messages=messages), at))
        assert "reasoning" not in sent


@pytest.mark.parametrize("text", ["naïve 😀 語", "\ud83d alone", "\x00\x1b[31m\u2028", "'\"\\\n\r\t"])
def test_any_text_survives_the_way(text: str) -> None:
    sent = encoded(body(dataclasses.replace(LEAST, messages=(Message("user", text),)), ENDPOINT))
    assert json.loads(sent)["messages"][0]["content"] == text
    assert b"\n" not in sent


def test_the_key_is_sent_in_its_own_header_and_nowhere_without_one() -> None:
    assert headers(ENDPOINT)["Authorization"] == "Bearer " + "k" * 20
    assert "Authorization" not in headers(dataclasses.replace(ENDPOINT, key=Key()))
    assert headers(dataclasses.replace(ENDPOINT, headers={"X-Team": "a"}))["X-Team"] == "a"
