"""The commands that show: what would be sent, the models there are, the usage log. The model is never asked.

They stay open until they are answered, and `$/cancelRequest` ends them. Their arguments are checked, and the documents
frozen, before the next message is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from glm_lsp.errors import BadInput, Failed
from glm_lsp.lsp.question import asked, text

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest, Prepared
    from glm_lsp.lsp.session import Session
    from glm_lsp.settings import Settings
    from glm_lsp.workspace.snapshot import Snapshot

USAGE_DAYS = 30
DAY_SECONDS = 86_400.0


def context(session: Session, argument: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
    """`glm.context`, argument of `glm.run` → `{parts: [{title, uri?, range?, tokens, text}], leftOut: [{title, why}]}`.

    Errors: those of `asked` and `ask.preview`.
    """
    _, question = asked(session, argument)
    snapshot = session.snapshot()

    async def answer() -> dict[str, Any]:
        from glm_lsp.context.shown import shown

        prepared = await _prepared(session, question, snapshot)
        return shown(prepared.receipt.parts, prepared.left_out, snapshot, session.editor.client.encoding)

    return answer()


def request(session: Session, argument: Mapping[str, Any]) -> Awaitable[dict[str, str]]:
    """`glm.request`, argument of `glm.run` and `as: "curl" | "python"` (curl) → `{text}`: the call that would be made.

    Errors: as of `context`.
    """
    form = text(argument, "as", "curl")
    if form not in ("curl", "python"):
        raise BadInput(f"`as` must be curl or python, not “{form[:20]}”.")
    _, question = asked(session, argument)
    snapshot = session.snapshot()

    async def answer() -> dict[str, str]:
        from glm_lsp.model.printed import as_curl, as_python

        prepared = await _prepared(session, question, snapshot)
        printed = as_curl if form == "curl" else as_python
        return {"text": printed(prepared.cleared, prepared.endpoint)}

    return answer()


async def models(session: Session, argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`glm.models {}` → `[{id, price}]`; `price` is `{input, output}` in dollars a token, null where it is not known.

    Of today, else as the endpoint says now, else as it last said. Errors: those of the model client.
    """
    settings = await _settings(session)
    endpoint = await session.desk.endpoint(settings)
    found = await session.desk.kept_models(endpoint, fresh=True)
    if not found:
        try:
            found = await session.desk.models(endpoint)
        except Failed:
            found = await session.desk.kept_models(endpoint)
            if not found:
                raise
    return [{"id": one.id, "price": _price(one.input_price, one.output_price)} for one in found]


async def usage(session: Session, argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`glm.usage {}` → the log of the last 30 days, a sum for each day and action, the latest day first:
    `[{day, action, requests, failed, prompt, completion, cached, reasoning, cost, seconds, firstToken}]`."""
    import time

    from glm_lsp.state import usage as log

    since = time.time() - (USAGE_DAYS - 1) * DAY_SECONDS
    totals = await asyncio.to_thread(lambda: log.summary(session.desk.state, since=since))
    return [
        {("firstToken" if key == "first_token" else key): value for key, value in asdict(total).items()}
        for total in totals
    ]


async def _prepared(session: Session, question: AskRequest, snapshot: Snapshot) -> Prepared:
    from glm_lsp import ask

    settings = await _settings(session)
    return await ask.preview(question, replace(snapshot, settings=settings), session.desk)


async def _settings(session: Session) -> Settings:
    await session.configured.wait()
    return await session.settings_to_send()


def _price(input: float | None, output: float | None) -> dict[str, float] | None:
    return None if input is None or output is None else {"input": input, "output": output}
