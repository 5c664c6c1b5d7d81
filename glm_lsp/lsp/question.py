"""What `glm.run` and its like are asked: the argument, checked, as a question about the text there is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.actions.catalogue import find
from glm_lsp.errors import BadInput, Refused
from glm_lsp.lsp import convert
from glm_lsp.lsp.menu import comment_at, shortened
from glm_lsp.text.lines import Point, Range, clamp

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.session import Session
    from glm_lsp.workspace.documents import Document
    from glm_lsp.workspace.snapshot import Diagnostic

LARGEST = 4_000_000
"""Characters of the longest document we work on."""


def asked(session: Session, argument: Mapping[str, Any]) -> tuple[str, AskRequest]:
    """The question of `{action, uri, range, version?, instruction?, diagnostics?, model?}`, and its title.

    Errors: BadInput; TextChanged if the range was touched since `version`; Refused for a document that is none of ours.
    """
    action = find(text(argument, "action"), session.catalogue)
    document = session.documents.get(text(argument, "uri"))
    _workable(document, session.editor.client)
    version = _version(argument, document)
    span = _span(session, argument, document, version)
    instruction = text(argument, "instruction", "").strip()
    words = instruction or comment_at(document, span)
    if action.needs_instruction and not words:
        raise BadInput(f"“{action.title}” needs an instruction.", "Give one, or write it in a comment: glm: …")
    from glm_lsp.ask import AskRequest

    request = AskRequest(
        action=action,
        uri=document.uri,
        span=span,
        instruction=instruction,
        diagnostics=_diagnostics(session, argument, document, span),
        model=text(argument, "model", ""),
    )
    if action.scope == "diagnostic" and not request.diagnostics:
        raise BadInput(f"“{action.title}” needs a diagnostic, and there is none here.", "Put the cursor on one.")
    return shortened(words) if action.needs_instruction else action.title, request


def text(argument: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """The string `name` of `argument`. Errors: BadInput for another type, or none where there is no default."""
    value = argument.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadInput(f"`{name}` must be a string.")
    return value


def _version(argument: Mapping[str, Any], document: Document) -> int:
    version = argument.get("version")
    if version is None:
        return document.version
    if not isinstance(version, int) or isinstance(version, bool):
        raise BadInput("`version` must be a whole number.")
    return version


def _span(session: Session, argument: Mapping[str, Any], document: Document, version: int) -> Range:
    """The requested range in the text there is now."""
    span = session.server.structure(argument.get("range"), types.Range, "range")
    if version == document.version:
        return convert.checked_range_of(document.lines, span, session.editor.client.encoding)
    # Its columns count in a text that is gone. We work on whole lines anyway, so whole lines are carried.
    empty = span.start == span.end
    last = span.end.line + (span.end.character > 0 or empty)
    carried = document.carry(Range(Point(span.start.line, 0), Point(last, 0)), version)
    start, end = clamp(document.lines, carried.start), clamp(document.lines, carried.end)
    return Range(start, start if empty else end)


def _diagnostics(
    session: Session, argument: Mapping[str, Any], document: Document, span: Range
) -> tuple[Diagnostic, ...]:
    """Those the menu item carries; without any, those of the last menu at this version that touch the range."""
    given = argument.get("diagnostics")
    if given:
        found = session.server.structure(given, list[types.Diagnostic], "diagnostics")
        return convert.diagnostics_of(document.lines, found, session.editor.client.encoding)
    asked = session.asked.get(document.uri)
    if asked is None or asked.version != document.version:
        return ()
    return tuple(one for one in asked.diagnostics if one.range.start <= span.end and span.start <= one.range.end)


def _workable(document: Document, client: Client) -> None:
    size = sum(map(len, document.lines))
    if size > LARGEST:
        raise Refused(
            f"The document has {size / 1e6:.1f} million characters; GLM works on up to {LARGEST / 1e6:.0f} million."
        )
    if any("\0" in line for line in document.lines):
        raise Refused("The document looks binary.", "GLM works on text only.")
    if not client.quirks.lone_returns and any(line.endswith("\r") for line in document.lines):
        # The editor counts other lines than we do, so each place we name would be another there.
        raise Refused(
            "The document has carriage returns inside its lines.", "Remove them, or use one kind of line end."
        )
