"""What is sent. Contents are plain strings: GLM 5.1's template renders a list of parts as nothing (reference issue
vllm-project/recipes#327)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call by the model. `arguments` is JSON text, as it came."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `reasoning` is sent back only with `tool_calls` (interleaved thinking)."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call. `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClearedRequest:
    """A request whose every byte passed the gate. Made only by `prompt.gate.clear`; the only thing the model accepts.

    None means "do not send". `max_tokens` is always sent: the upstream default is not documented.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    stream: bool = True
    thinking: bool = False
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    response_format: Literal["json_object"] | None = None
