"""The code action menu: answered from memory, in milliseconds, with no I/O, no parse and no model.

Policy (the loudest complaint about such menus is that they are in the way): nothing on an automatic request without a
diagnostic; nothing for `source.*`, which editors ask for on save; never preferred; at most eight, most relevant first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.actions.action import Action
from glm_lsp.actions.catalogue import Place, applicable
from glm_lsp.lsp import convert
from glm_lsp.lsp.session import Asked
from glm_lsp.syntax.comments import instruction
from glm_lsp.syntax.region import region
from glm_lsp.text.lines import Range

if TYPE_CHECKING:
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.session import Session
    from glm_lsp.workspace.documents import Document

LONGEST = 8
COMMENT_TITLE = 60
"""Characters of a comment's instruction that a title shows."""


def code_actions(session: Session, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    document = session.documents.find(params.text_document.uri)
    if document is None:
        return []
    client = session.editor.client
    diagnostics = convert.diagnostics_of(document.lines, params.context.diagnostics, client.encoding)
    session.asked[document.uri] = Asked(document.version, diagnostics)
    span = convert.range_of(document.lines, params.range, client.encoding)
    settings = session.settings
    selects = span.start != span.end
    offered = []
    if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
        welcome = {"off": False, "diagnostics": bool(diagnostics), "selection": bool(diagnostics) or selects}
        if not welcome[settings.actions.automatic]:
            return []
    else:
        offered = _offers(session, document.uri, span, params, client)
    place = Place(document.language, selects, bool(diagnostics), comment_at(document, span))
    actions = [
        action
        for action in applicable(session.catalogue, place, settings.actions.disabled)
        if wanted(action.kind, params.context.only)
    ]
    pinned = settings.actions.pinned
    shown = [action for action in actions if action.id in pinned]
    room = max(0, LONGEST - len(shown) - len(offered))
    shown += [action for action in actions if action.id not in pinned][:room]
    shown.sort(key=actions.index)
    items = [_item(action, params, document.version, place, client) for action in shown[:LONGEST]]
    return [*offered, *items][:LONGEST]


def _offers(
    session: Session, uri: str, span: Range, params: types.CodeActionParams, client: Client
) -> list[types.CodeAction | types.Command]:
    """What there is to say to the first change that is offered on the lines of `span`."""
    for job, hunk in session.offers.at(uri, span)[:1]:
        told: list[tuple[str, str, dict[str, Any]]] = [
            ("Accept change", "glm.accept", {"job": job.id, "hunk": hunk.id}),
            ("Reject change", "glm.reject", {"job": job.id, "hunk": hunk.id}),
            ("Accept all", "glm.accept", {"job": job.id}),
            ("Reject all", "glm.reject", {"job": job.id}),
        ]
        commands = [
            types.Command(f"GLM: {words}", id, arguments=[argument])
            for words, id, argument in told
            if wanted(id, params.context.only)
        ]
        if not client.action_literals:
            return [*commands]
        return [types.CodeAction(one.title, kind=one.command, command=one) for one in commands]
    return []


def wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for `only` wants `kind`: by segments between dots, so `refactor` holds
    `refactor.rewrite` and not `refactoring`; the empty kind holds all."""
    if only is None:
        return True
    asked = [str(getattr(one, "value", one)) for one in only]
    return any(one == "" or kind == one or kind.startswith(one + ".") for one in asked)


def comment_at(document: Document, span: Range) -> str:
    """The instruction in a `glm: …` comment at or above the place; empty if there is none."""
    lines = region(document.text, span, document.language, None)
    found = instruction(document.lines, lines.first, lines.last, document.language)
    return found[1] if found is not None else ""


def shortened(words: str) -> str:
    """The user's own words as a title: one line, not too long."""
    line = " ".join(words.split())
    return line if len(line) <= COMMENT_TITLE else line[: COMMENT_TITLE - 1].rstrip() + "…"


def _item(
    action: Action, params: types.CodeActionParams, version: int, place: Place, client: Client
) -> types.CodeAction | types.Command:
    title = "GLM: " + (shortened(place.comment) if action.needs_instruction else action.title)
    argument: dict[str, Any] = {
        "action": action.id,
        "uri": params.text_document.uri,
        "range": params.range,
        "version": version,
    }
    if params.context.diagnostics:
        argument["diagnostics"] = params.context.diagnostics
    command = types.Command(title, "glm.run", arguments=[argument])
    if not client.action_literals:
        return command
    return types.CodeAction(
        title,
        kind=action.kind,
        command=command,
        data={"action": action.id} if client.action_data else None,
        diagnostics=params.context.diagnostics if action.scope == "diagnostic" else None,
        tags=[types.CodeActionTag.LlmGenerated] if client.tags_llm_generated else None,
    )
