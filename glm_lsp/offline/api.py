"""The shapes of Oxen's chat API as its OpenAPI file (0.243.1) and pages draw them: models, completions, errors.

A token here is a piece of text of a few characters (`pieces`): what is streamed, counted in `usage` and cut by
`max_tokens` is the same thing, so the three always agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from glm_lsp.offline.asked import Turn

MODEL = "zai-org-glm-5-1"

_PIECE = re.compile(r"\s*\S{1,8}|\s+")
_ROLES = ("system", "user", "assistant", "tool")

Json = dict[str, Any]


class ApiError(Exception):
    """A request that is answered with an error. `body` is one of Oxen's envelopes."""

    def __init__(self, status: HTTPStatus, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat completion was asked for. `max_tokens` None: no limit."""

    turns: tuple[Turn, ...]
    stream: bool
    include_usage: bool
    max_tokens: int | None


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer cut into tokens. `finish_reason` is `stop` or `length`."""

    id: str
    created: int
    tokens: tuple[str, ...]
    finish_reason: str
    prompt_tokens: int


def parse_chat_request(body: bytes) -> ChatRequest:
    """`body` as a chat request. Raises `ApiError`: 400 for what is missing or wrong, 404 for another model."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid("The request body is not JSON.") from error
    if not isinstance(value, dict):
        raise invalid("The request body must be a JSON object.")
    model, messages = value.get("model"), value.get("messages")
    if not isinstance(model, str) or not model:
        raise invalid("You must specify a model to call")
    if not isinstance(messages, list) or not messages:
        raise invalid("Messages array cannot be empty")
    if model != MODEL:
        raise no_such_model(model)
    max_tokens = value.get("max_tokens")
    if max_tokens is not None and (isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 1):
        raise invalid("max_tokens must be a positive integer")
    stream = value.get("stream") or False
    if not isinstance(stream, bool):
        raise invalid("stream must be true or false")
    options = value.get("stream_options") or {}
    if not isinstance(options, dict):
        raise invalid("stream_options must be an object")
    turns = tuple(_turn(message) for message in messages)
    return ChatRequest(turns, stream, options.get("include_usage") is True, max_tokens)


def complete(request: ChatRequest, text: str, *, id: str, created: int) -> Completion:
    """`text` as the answer to `request`, cut at its `max_tokens`. `created` is Unix time in seconds."""
    tokens = pieces(text)
    kept = tokens if request.max_tokens is None else tokens[: request.max_tokens]
    reason = "stop" if len(kept) == len(tokens) else "length"
    prompt = sum(len(pieces(turn.text)) + 3 for turn in request.turns)
    return Completion(id, created, kept, reason, prompt)


def pieces(text: str) -> tuple[str, ...]:
    """`text` in tokens: up to eight visible characters with the space before them. Joined they give `text` back."""
    return tuple(_PIECE.findall(text))


def completion_object(completion: Completion) -> Json:
    """The whole answer, for a request that does not stream."""
    message = {"role": "assistant", "content": "".join(completion.tokens)}
    choice = {"index": 0, "message": message, "finish_reason": completion.finish_reason}
    return {**_frame(completion, "chat.completion"), "choices": [choice], "usage": _usage(completion)}


def events(completion: Completion, *, include_usage: bool) -> Iterator[bytes]:
    """The answer as server-sent events: a chunk per token, the finish, the usage if asked for, `[DONE]`."""
    frame = _frame(completion, "chat.completion.chunk")
    for token in completion.tokens:
        yield _event({**frame, "choices": [{"index": 0, "delta": {"content": token}, "finish_reason": None}]})
    yield _event({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": completion.finish_reason}]})
    if include_usage:
        yield _event({**frame, "choices": [], "usage": _usage(completion)})
    yield b"data: [DONE]\n\n"


def models() -> Json:
    return {"object": "list", "data": [model_object(MODEL)]}


def model_object(name: str) -> Json:
    """The model `name`, at the price asked here: none. Raises `ApiError` 404 if it is not the one we stand for."""
    if name != MODEL:
        raise no_such_model(name)
    return {
        "id": MODEL,
        "object": "model",
        "created": 1775520000,
        "owned_by": "oxen",
        "display_name": "GLM 5.1 (offline stand-in)",
        "description": "The offline stand-in of glm-lsp: answers by rules on this machine; no model is asked.",
        "summary": "Offline stand-in, no model inside",
        "model_type": "base",
        "endpoint": "/chat/completions",
        "capabilities": {"input": ["text"], "output": ["text"]},
        "pricing": {"method": "token", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
        "fine_tuning": None,
        "deployments": [],
        "developer": {"name": "Z AI", "logo": None},
        "source_model": None,
        "image_url": None,
        "released_at": "2026-04-07T00:00:00Z",
        "request_schema": None,
        "showcase": None,
    }


def invalid(title: str) -> ApiError:
    return failure(HTTPStatus.BAD_REQUEST, "invalid_params", title)


def unauthenticated() -> ApiError:
    title = "The Authorization header must be `Bearer` and a key."
    return failure(HTTPStatus.UNAUTHORIZED, "unauthenticated", title)


def wrong_method(allowed: str) -> ApiError:
    """`allowed` is the only method there is at this address."""
    error = failure(HTTPStatus.METHOD_NOT_ALLOWED, "invalid_params", f"This address takes {allowed} only.")
    return ApiError(error.status, error.body, {"Allow": allowed})


def no_such_model(name: str) -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, {"error": {"message": f"Model not found: {name}"}})


def failure(status: HTTPStatus, kind: str, title: str) -> ApiError:
    """Oxen's full envelope, with `kind` in both of its places."""
    body = {"error": {"type": kind, "title": title, "detail": f"offline stand-in: {title}"}}
    return ApiError(status, {**body, "status": "error", "status_message": kind, "status_description": title})


def encode(value: Json) -> bytes:
    """JSON in UTF-8; escaped where the text holds half a surrogate pair, which UTF-8 cannot carry."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _turn(message: object) -> Turn:
    if not isinstance(message, Mapping) or message.get("role") not in _ROLES:
        raise invalid("Each message must be an object with a role: system, user, assistant or tool")
    return Turn(message["role"], _text(message.get("content")))


def _text(content: object) -> str:
    """The content as one string; of a list of parts, the text parts."""
    if content is None:  # an assistant's turn that only calls tools
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(text for text in texts if isinstance(text, str))
    raise invalid("A message's content must be a string or a list of parts")


def _frame(completion: Completion, kind: str) -> Json:
    return {"id": completion.id, "object": kind, "created": completion.created, "model": MODEL}


def _usage(completion: Completion) -> Json:
    prompt, answer = completion.prompt_tokens, len(completion.tokens)
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _event(value: Json) -> bytes:
    return b"data: " + encode(value) + b"\n\n"
