"""The pipeline: one question in, events out, the last of which is the outcome. Knows no editor.

gather → compose → clear → ask the model → place and verify the reply. One that cannot be used is asked for once more,
with the exact problem. Errors are raised: Refused when nothing may be done, Failed when nothing could be.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glm_lsp.actions.action import Action
from glm_lsp.context import calibration
from glm_lsp.context.gather import Context, budget_of, gather, target_of
from glm_lsp.context.nearby import Also
from glm_lsp.context.receipt import LeftOut, Receipt
from glm_lsp.context.tokens import estimate
from glm_lsp.desk import Desk
from glm_lsp.edits.comment import above
from glm_lsp.edits.proposal import FileEdit, Proposal, Region
from glm_lsp.edits.propose import propose
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import unusable
from glm_lsp.errors import BadInput, Failed, ReplyCut, ReplyUnusable
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Attempt, Finished, ReasoningDelta, Retracted, TextDelta, Waiting
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.prompt import compose, gate
from glm_lsp.prompt.draft import Draft
from glm_lsp.reply.fence import FenceReader
from glm_lsp.settings import Settings
from glm_lsp.syntax.comments import has_comments
from glm_lsp.text.lines import Range
from glm_lsp.workspace import ignore, paths
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.named import document_at, obstacle
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What the user asks. `span` is what was selected, in the snapshot's text of `uri` (code points); `instruction` the
    user's own words, if any; `model` another model than the settings name; `also` what the user wants to go along."""

    action: Action
    uri: str
    span: Range
    instruction: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    model: str = ""
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """The question enters this phase."""

    state: Literal["gathering", "waiting", "streaming", "checking"]


@dataclass(frozen=True, slots=True)
class Streamed:
    """More of what the user will get: of the explanation, or of the edit's new text. `tokens` of the reply so far.
    `anew`: everything streamed before it no longer counts."""

    text: str
    tokens: int
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request will be sent again in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The outcome of a question that wanted to know. Secrets are not restored in it."""

    markdown: str
    region: Region


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that changes nothing: told once a session."""

    text: str


Outcome = Proposal | Explanation
Event = Phase | Streamed | Retrying | Notice | Outcome


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
    return await _prepare(request, snapshot, desk, endpoint)


async def ask(request: AskRequest, snapshot: Snapshot, desk: Desk) -> AsyncGenerator[Event]:
    """Answers `request` from `snapshot`. Cancel the task, or close the generator, and the request ends at once.

    Errors: BadInput, Refused, Failed.
    """
    yield Phase("gathering")
    settings = snapshot.settings
    endpoint = await desk.endpoint(settings, request.model)
    await desk.check_limit(settings)
    prepared = await _prepare(request, snapshot, desk, endpoint)
    context = prepared.context
    repairs = settings.edit.repair
    # An explanation that becomes a comment in the file is an edit.
    written = request.action.mode == "edit" or settings.explain.delivery == "comment"
    if written and request.action.mode == "explain" and not has_comments(context.target.document.language):
        raise BadInput("This language has no comments.", "Set explain.delivery to document.")
    while True:
        yield Phase("waiting")
        reply = ""
        async with aclosing(_reply(prepared.cleared, endpoint, request, desk, written=written)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    reply = event.text
                    await asyncio.to_thread(_calibrate, prepared.draft, event.prompt_tokens, snapshot, desk)
                else:
                    yield event
        yield Phase("checking")
        if request.action.mode == "explain":
            if not written:
                yield Explanation(reply.strip() + "\n", _region(context))
                return
            try:
                proposal = await asyncio.to_thread(_comment, reply, context, snapshot, prepared.receipt)
            except ReplyUnusable as error:
                raise await _kept(error, reply, desk) from error
            yield proposal
            return
        try:
            proposal = await asyncio.to_thread(
                _proposal, reply, request, context, snapshot, prepared.receipt, last=repairs == 0
            )
        except ReplyUnusable as error:
            if repairs == 0:
                raise await _kept(error, reply, desk) from error
            repairs -= 1
            draft = compose.repair(prepared.draft, reply, error.problem, settings.context.window_tokens)
            cleared, receipt = await _cleared(draft, prepared.rules, settings, desk)
            prepared = replace(prepared, draft=draft, cleared=cleared, receipt=receipt)
        else:
            yield proposal
            return


async def _prepare(request: AskRequest, snapshot: Snapshot, desk: Desk, endpoint: Endpoint) -> Prepared:
    """gather → compose → clear."""
    settings = snapshot.settings
    privacy = settings.privacy
    rules = await asyncio.to_thread(ignore.rules, snapshot.folders, privacy.ignore, privacy.allow)
    context = await asyncio.to_thread(_context, request, snapshot, desk)
    name = _name(request.uri, snapshot)
    draft = compose.draft(request.action, request.instruction, context, name, settings, endpoint.model, desk.nonce)
    return Prepared(endpoint, context, rules, draft, *await _cleared(draft, rules, settings, desk))


async def _cleared(draft: Draft, rules: ignore.Rules, settings: Settings, desk: Desk) -> tuple[ClearedRequest, Receipt]:
    return await asyncio.to_thread(gate.clear, draft, rules, desk.redactor, redact=settings.privacy.redact)


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole reply. `prompt_tokens`: as the server counted; 0 if it did not say."""

    text: str
    prompt_tokens: int


async def _reply(
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
        raise await _kept(cut, text, desk)
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


def _context(request: AskRequest, snapshot: Snapshot, desk: Desk) -> Context:
    document = snapshot.document(request.uri)
    action = request.action
    target = target_of(document, request.span, with_comment=action.needs_instruction and not request.instruction)
    if action.needs_instruction and not (request.instruction or target.instruction):
        raise BadInput(f"“{action.title}” needs an instruction.", "Give one, or write it in a comment: glm: …")
    wanted = snapshot.settings.context
    factor = calibration.factor(desk.state, _workspace(snapshot))
    budget = budget_of(wanted.budget_tokens, wanted.window_tokens, factor)
    return gather(target, request.diagnostics, budget, snapshot, desk.state, request.also)


def _workspace(snapshot: Snapshot) -> str:
    """What estimates are corrected for: the first workspace folder."""
    return str(snapshot.folders[0]) if snapshot.folders else ""


def _calibrate(draft: Draft, counted: int, snapshot: Snapshot, desk: Desk) -> None:
    """Learns from the server's own count. What cannot be kept is no reason to lose an answer."""
    if counted:
        with suppress(Failed):
            calibration.learn(desk.state, _workspace(snapshot), compose.estimated(draft), counted)


def _comment(reply: str, context: Context, snapshot: Snapshot, receipt: Receipt) -> Proposal:
    document = context.target.document
    asked = EditRequest(
        documents={document.uri: document},
        region=_region(context),
        reach="region",
        receipt=receipt,
        paths={document.uri: _name(document.uri, snapshot)},
        verify=snapshot.settings.edit.verify,
    )
    return above(reply, asked)


def _region(context: Context) -> Region:
    return Region(context.target.document.uri, *context.target.lines)


def _name(uri: str, snapshot: Snapshot) -> str:
    """What the file is called in the prompt: its path in the workspace."""
    path = paths.path_of(uri)
    place = paths.place_of(uri)
    return paths.shown(path, snapshot.folders) if path is not None else (place.name if place else "untitled")


def _proposal(
    reply: str, request: AskRequest, context: Context, snapshot: Snapshot, receipt: Receipt, *, last: bool
) -> Proposal:
    beyond = request.action.reach == "workspace"
    documents = {request.uri: snapshot.document(request.uri)} | (_sent(receipt, snapshot) if beyond else {})
    home = _home(request.uri, snapshot) if beyond else None
    proposal = propose(
        reply,
        EditRequest(
            documents=documents,
            region=_region(context),
            reach=request.action.reach,
            receipt=receipt,
            paths={uri: _name(uri, snapshot) for uri in documents},
            folder=paths.uri_of(home) if home is not None else "",
            last=last,
            verify=snapshot.settings.edit.verify,
        ),
    )
    for file in proposal.files:
        _check_new(file, snapshot)
    return proposal


def _sent(receipt: Receipt, snapshot: Snapshot) -> dict[str, OpenDocument]:
    """The files below the workspace folders that were sent, as they are in the editor, else on disk. One that can no
    longer be read was not given, as far as an edit goes."""
    documents: dict[str, OpenDocument] = {}
    for uri in sorted(receipt.files):
        path = paths.path_of(uri)
        if path is None or paths.inside(path, snapshot.folders) is None:
            continue
        with suppress(BadInput):
            documents[uri] = snapshot.documents.get(uri) or document_at(path)
    return documents


def _home(uri: str, snapshot: Snapshot) -> Path | None:
    """The workspace folder the document is in: new files are made below it."""
    path = paths.path_of(uri)
    return paths.inside(path, snapshot.folders) if path is not None else None


def _check_new(file: FileEdit, snapshot: Snapshot) -> None:
    """Errors: ReplyUnusable if the file would be made outside the workspace, or over another."""
    new = file.new_uri if file.kind == "rename" else file.uri if file.kind == "create" else ""
    path = paths.path_of(new) if new else None
    if path is None:
        return
    if why := "is open in the editor" if new in snapshot.documents else obstacle(path, snapshot.folders):
        shown = paths.shown(path, snapshot.folders)
        raise unusable("it makes a file where none can be made", f"`{shown}` {why}. Choose another name or place.")


async def _kept(error: ReplyUnusable, reply: str, desk: Desk) -> ReplyUnusable:
    """`error`, whose next step names the file the reply is kept in."""
    path = await desk.keep_reply(reply)
    return type(error)(error.message, f"{error.next} The reply is kept in {path}.".strip(), problem=error.problem)
