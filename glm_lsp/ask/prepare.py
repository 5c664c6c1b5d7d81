"""A question made ready to be sent: gather → compose → clear."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from glm_lsp.actions.needs import check
from glm_lsp.ask.request import AskRequest
from glm_lsp.context import calibration, testing
from glm_lsp.context.gather import Context, budget_of, gather
from glm_lsp.context.receipt import LeftOut, Receipt
from glm_lsp.context.target import target_for
from glm_lsp.desk import Desk
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.prompt import compose, gate
from glm_lsp.prompt.draft import Draft
from glm_lsp.settings import Settings
from glm_lsp.workspace import ignore, paths
from glm_lsp.workspace.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready to be sent to `endpoint`: `cleared` is the request, `receipt` what to judge the reply by.
    `draft` and `rules` are what it was cleared from: a repair has to pass the same gate."""

    endpoint: Endpoint
    context: Context
    rules: ignore.Rules
    draft: Draft
    cleared: ClearedRequest
    receipt: Receipt

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What stayed here, for want of room or because of a rule."""
        return (*self.context.left_out, *self.receipt.left_out)


async def preview(request: AskRequest, snapshot: Snapshot, desk: Desk) -> Prepared:
    """The question as `ask` would send it first. Nothing is sent, and no key is needed.

    Errors: BadInput, Withheld, TooLong.
    """
    endpoint = await desk.endpoint(snapshot.settings, request.model, key_needed=False)
    return await prepare(request, snapshot, desk, endpoint)


async def prepare(request: AskRequest, snapshot: Snapshot, desk: Desk, endpoint: Endpoint) -> Prepared:
    """gather → compose → clear."""
    settings = snapshot.settings
    rules = await rules_of(snapshot)
    context = await asyncio.to_thread(_context, request, snapshot, desk, rules)
    name = paths.name_of(request.uri, snapshot.folders)
    draft = compose.draft(
        request.action, request.instruction, context, name, settings, endpoint.model, desk.nonce, request.locale
    )
    return Prepared(endpoint, context, rules, draft, *await clear(draft, rules, settings, desk))


async def rules_of(snapshot: Snapshot) -> ignore.Rules:
    """What keeps files back, as it is now."""
    privacy = snapshot.settings.privacy
    return await asyncio.to_thread(ignore.rules, snapshot.folders, privacy.ignore, privacy.allow)


async def clear(draft: Draft, rules: ignore.Rules, settings: Settings, desk: Desk) -> tuple[ClearedRequest, Receipt]:
    return await asyncio.to_thread(gate.clear, draft, rules, desk.redactor, redact=settings.privacy.redact)


def _context(request: AskRequest, snapshot: Snapshot, desk: Desk, rules: ignore.Rules) -> Context:
    document = snapshot.document(request.uri)
    action, span = request.action, request.span
    commented = action.needs_instruction and not request.instruction
    target = target_for(action, document, span, request.diagnostics, with_comment=commented)
    check(
        action,
        document.language,
        instruction=bool(request.instruction or target.instruction),
        selection=span.start != span.end,
        diagnostics=bool(request.diagnostics),
    )
    wanted = snapshot.settings.context
    factor = calibration.factor(desk.state, workspace(snapshot))
    budget = budget_of(wanted.budget_tokens, wanted.window_tokens, factor)
    aside = testing.room(budget) if action.context == "tests" else 0
    context = gather(target, request.diagnostics, budget - aside, snapshot, desk.state, request.also, desk.config)
    return testing.with_tests(context, snapshot, desk.state, aside, rules) if aside else context


def workspace(snapshot: Snapshot) -> str:
    """What estimates are corrected for: the first workspace folder."""
    return str(snapshot.folders[0]) if snapshot.folders else ""
