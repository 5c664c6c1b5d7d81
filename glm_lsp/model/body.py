"""The bytes of a request.

`json.dumps` with its defaults: ASCII, so that no half of a surrogate pair can break it, and byte for byte what
`requests.post(json=…)` sends, so that the printed Python makes exactly this call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from glm_lsp import __version__
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.messages import ClearedRequest, Message

DROPPABLE = (
    "reasoning_effort",
    "thinking",
    "chat_template_kwargs",
    "stream_options",
    "parallel_tool_calls",
    "response_format",
    "frequency_penalty",
    "presence_penalty",
    "top_p",
    "temperature",
    "reasoning_content",
)
"""The parameters a request keeps its meaning without."""


def body(request: ClearedRequest, endpoint: Endpoint, *, stream: bool | None = None) -> dict[str, Any]:
    """The request as the JSON object that goes out. `stream` overrides the request's own.

    Parameters in `endpoint.refused_parameters` are left out. Source: the chat completions reference of Oxen; thinking:
    the dialects of Fireworks, Z.ai, vLLM.
    """
    stream = request.stream if stream is None else stream
    refused = endpoint.refused_parameters
    fields: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message, refused) for message in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stream": stream,
        "top_p": request.top_p,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "tools": [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)},
            }
            for tool in request.tools
        ]
        or None,
        "tool_choice": request.tool_choice,
        "parallel_tool_calls": request.parallel_tool_calls,
        "response_format": {"type": request.response_format} if request.response_format else None,
        "stream_options": {"include_usage": True} if stream else None,
        **_thinking(request.thinking, endpoint),
    }
    return {name: value for name, value in fields.items() if value is not None and name not in refused}


def encoded(fields: Mapping[str, Any]) -> bytes:
    """`fields` as they go over the wire."""
    return json.dumps(fields, allow_nan=False).encode("ascii")


def headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request. They hold the key."""
    own = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream, application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"glm-lsp/{__version__}",
    }
    if endpoint.key:
        own["Authorization"] = f"Bearer {endpoint.key.reveal()}"
    return own | dict(endpoint.headers)


def _message(message: Message, refused: frozenset[str]) -> dict[str, Any]:
    # `content` is a string in every role: a list of parts is rendered as nothing, and null is not in the schema.
    fields: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        fields["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
        if message.reasoning and "reasoning_content" not in refused:
            fields["reasoning_content"] = message.reasoning
    if message.role == "tool":
        fields["tool_call_id"] = message.tool_call_id
    return fields


def _thinking(on: bool, endpoint: Endpoint) -> dict[str, Any]:
    match endpoint.thinking_dialect:
        case "reasoning_effort":
            return {"reasoning_effort": "high" if on else "none"}
        case "thinking":
            return {"thinking": {"type": "enabled" if on else "disabled"}}
        case "chat_template_kwargs":
            return {"chat_template_kwargs": {"enable_thinking": on}}
        case "none":
            return {}
