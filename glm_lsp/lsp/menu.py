"""The code action menu: answered from memory, in milliseconds, with no I/O, no parse and no model.

Policy (the loudest complaint about such menus is that they are in the way): nothing on an automatic request without a
diagnostic, and then only what answers it; nothing for `source.*`, which editors ask for on save; never preferred; what
nothing calls for is left to those who ask for its kind or pin it; at most eight, most relevant first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.actions.action import Action
from glm_lsp.actions.relevance import Place, applicable, called_for, first, place_at
from glm_lsp.lsp import convert
from glm_lsp.lsp.session import Asked
from glm_lsp.syntax.comments import instruction
from glm_lsp.syntax.region import region
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Range

if TYPE_CHECKING:
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.session import Session
    from glm_lsp.workspace.documents import Document

Entry = types.CodeAction | types.Command

LONGEST = 8
OTHERS = 2
"""Items that suggestions leave room for."""
SUGGESTION = "refactor.rewrite.glm.suggestion"
COMMENT_TITLE = 60
"""Characters of a comment's instruction that a title shows."""


def code_actions(session: Session, params: types.CodeActionParams) -> list[Entry]:
    document = session.documents.find(params.text_document.uri)
    if document is None:
        return []
    client = session.editor.client
    diagnostics = convert.diagnostics_of(document.lines, params.context.diagnostics, client.encoding)
    session.asked[document.uri] = Asked(document.version, diagnostics)
    if client.quirks.selects_words:
        params.range = convert.beyond_a_word(document.lines, params.range, client.encoding)
    span = convert.range_of(document.lines, params.range, client.encoding)
    settings = session.settings
    offered: list[Entry] = []
    automatic = params.context.trigger_kind == types.CodeActionTriggerKind.Automatic
    by_selection = settings.actions.automatic == "selection" and span.start != span.end
    if not automatic:
        offered = _offers(session, document.uri, span, params, client)
        offered += _suggestions(session, document, span, params, client)[: max(0, LONGEST - len(offered) - OTHERS)]
    elif settings.actions.automatic == "off" or not (diagnostics or by_selection):
        return []
    only = params.context.only
    catalogue = session.prompts.catalogue(document.uri)
    asked = {id: action for id, action in catalogue.items() if wanted(action.kind, only)}
    if not asked:
        return offered
    comment = comment_at(session, document, span)
    place = place_at(document.text, span, document.language, len(diagnostics), comment)
    actions = applicable(asked, place, settings.actions.disabled)
    pinned = settings.actions.pinned
    if only is None or "" in only:
        welcome = called_for(actions, place, automatic=automatic and not by_selection)
        actions = [action for action in actions if action in welcome or action.id in pinned]
    shown = first(actions, LONGEST - len(offered), pinned)
    return [*offered, *(_item(action, params, document.version, place, client) for action in shown)]


def _offers(session: Session, uri: str, span: Range, params: types.CodeActionParams, client: Client) -> list[Entry]:
    """What there is to say to the change that is offered on the lines of `span`."""
    found = session.offers.at(uri, span)
    if found is None:
        return []
    job, hunk = found
    told: list[tuple[str, str, dict[str, Any]]] = []
    if job.candidates:
        told += [
            (f"Accept candidate {one.id} ({one.label})", "glm.accept", {"job": job.id, "candidate": one.id})
            for one in job.candidates
            if one.proposal is not None
        ]
        told.append(("Reject all candidates", "glm.reject", {"job": job.id}))
    else:
        if hunk is not None:
            told.append(("Accept change", "glm.accept", {"job": job.id, "hunk": hunk.id}))
            told.append(("Reject change", "glm.reject", {"job": job.id, "hunk": hunk.id}))
        told.append(("Accept all", "glm.accept", {"job": job.id}))
        told.append(("Reject all", "glm.reject", {"job": job.id}))
    return [_entry(words, id, argument, id, client) for words, id, argument in told if wanted(id, params.context.only)]


def _suggestions(
    session: Session, document: Document, span: Range, params: types.CodeActionParams, client: Client
) -> list[Entry]:
    """What was suggested for the lines an action would work on here; first what is about the lines of `span` itself."""
    if document.uri not in session.suggestions or not wanted(SUGGESTION, params.context.only):
        return []
    lines = region(document.text, span, document.language, session.trees.current(document))
    here = LineSpan(span.start.line, max(span.start.line, span.end.line - (span.end.column == 0)) + 1)
    found = session.suggestions.at(document.uri, here, client.encoding)
    found += [one for one in session.suggestions.at(document.uri, lines, client.encoding) if one not in found]
    return [_entry(title, "glm.run", argument, SUGGESTION, client) for title, argument in found]


def wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for `only` wants `kind`: by segments between dots, so `refactor` holds
    `refactor.rewrite` and not `refactoring`; the empty kind holds all."""
    if only is None:
        return True
    asked = [str(getattr(one, "value", one)) for one in only]
    return any(one == "" or kind == one or kind.startswith(one + ".") for one in asked)


def comment_at(session: Session, document: Document, span: Range) -> str:
    """The instruction in a `glm: …` comment at or above the place; empty if there is none."""
    lines = region(document.text, span, document.language, session.trees.current(document))
    found = instruction(document.lines, lines.first, lines.last, document.language)
    return found[1] if found is not None else ""


def shortened(words: str) -> str:
    """The user's own words as a title: one line, not too long."""
    line = " ".join(words.split())
    return line if len(line) <= COMMENT_TITLE else line[: COMMENT_TITLE - 1].rstrip() + "…"


def titled(action: Action, words: str) -> str:
    """What the person reads. `words` are his own instruction, where the action needs one: an edit is what they say."""
    if not action.needs_instruction:
        return action.title
    return shortened(words) if action.mode == "edit" else f"{action.title.rstrip('…')}: {shortened(words)}"


def _item(action: Action, params: types.CodeActionParams, version: int, place: Place, client: Client) -> Entry:
    argument: dict[str, Any] = {
        "action": action.id,
        "uri": params.text_document.uri,
        "range": params.range,
        "version": version,
    }
    if params.context.diagnostics:
        argument["diagnostics"] = params.context.diagnostics
    entry = _entry(titled(action, place.comment), "glm.run", argument, action.kind, client)
    if isinstance(entry, types.CodeAction):
        entry.data = {"action": action.id} if client.action_data else None
        entry.diagnostics = params.context.diagnostics if action.needs_diagnostics else None
    return entry


def _entry(words: str, id: str, argument: dict[str, Any], kind: str, client: Client) -> Entry:
    """The command `id` as the client takes it: in a code action if it knows those. What a model writes is tagged."""
    command = types.Command(f"GLM: {words}", id, arguments=[argument])
    if not client.action_literals:
        return command
    generated = id == "glm.run" and client.tags_llm_generated
    tags = [types.CodeActionTag.LlmGenerated] if generated else None
    return types.CodeAction(command.title, kind=kind, command=command, tags=tags)
