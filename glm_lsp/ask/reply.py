"""One reply of the model, read as it streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from glm_lsp.ask.events import Notice, Phase, Retrying, Streamed
from glm_lsp.ask.request import AskRequest
from glm_lsp.context.tokens import estimate
from glm_lsp.desk import Desk
from glm_lsp.errors import ReplyCut, ReplyUnusable
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Attempt, Finished, ReasoningDelta, Retracted, TextDelta, Waiting
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.reply.fence import FenceReader


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole reply. `prompt_tokens`: as the server counted; 0 if it did not say."""

    text: str
    prompt_tokens: int


async def read_reply(
    cleared: ClearedRequest, endpoint: Endpoint, request: AskRequest, desk: Desk, *, written: bool
) -> AsyncGenerator[Phase | Streamed | Retrying | Notice | Reply]:
    """Asks once. Errors: ReplyCut, with the reply kept, if it ended early and is to be `written` to a file; Failed."""
    explains = request.action.mode == "explain"
    fence = FenceReader()
    text, tokens, streaming = "", 0.0, False
    prompt_tokens = 0
    finished: Finished | None = None
    async with aclosing(desk.model.ask(cleared, endpoint)) as events:
        async for event in events:
            match event:
                case TextDelta(delta) | ReasoningDelta(delta):
                    if not streaming:
                        streaming = True
                        yield Phase("streaming")
                    tokens += estimate(delta)
                    if isinstance(event, TextDelta):
                        text += delta
                        yield Streamed(delta if explains else fence.feed(delta), int(tokens))
                    else:
                        yield Streamed("", int(tokens))
                case Retracted():
                    text = ""
                    fence = FenceReader()
                    yield Streamed("", int(tokens), anew=True)
                case Waiting(seconds):
                    yield Retrying(seconds)
                case Attempt():
                    prompt_tokens = event.usage.prompt if event.usage else 0
                    await desk.record(event, request.action.id, endpoint)
                    if notice := desk.another_model(event, endpoint):
                        yield Notice(notice)
                case Finished():
                    finished = event
                case _:
                    pass
    text = finished.text if finished is not None else text
    cut = _cut(finished)
    if cut is not None and not written and text.strip():
        mark = f"\n\n*{cut.message}*\n"
        yield Streamed(mark, int(tokens))
        text += mark
    elif cut is not None:
        raise await kept(cut, text, desk)
    if not text.strip():
        raise ReplyUnusable("The model answered nothing.", "Try again.")
    yield Reply(text, prompt_tokens)


def _cut(finished: Finished | None) -> ReplyCut | None:
    """Why the reply is not whole, if it is not: it can be read then, and is never an edit."""
    match finished.reason if finished is not None else "unknown":
        case "length":
            return ReplyCut("The reply was longer than allowed and is cut off.", "Select less, or raise max_tokens.")
        case "sensitive":
            return ReplyCut("The provider's filter stopped the reply.", "Select other text.")
        case "unknown":
            return ReplyCut("The model stopped for a reason glm-lsp does not know.", "Try again.")
        case _:
            return None


async def kept(error: ReplyUnusable, reply: str, desk: Desk) -> ReplyUnusable:
    """`error`, whose next step names the file the reply is kept in."""
    path = await desk.keep_reply(reply)
    return type(error)(error.message, f"{error.next} The reply is kept in {path}.".strip(), problem=error.problem)
