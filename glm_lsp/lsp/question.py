"""What `glm.run` and its like are asked: the argument, checked, as a question about the text there is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.actions.catalogue import find
from glm_lsp.actions.needs import check
from glm_lsp.errors import BadInput, Refused, TextChanged
from glm_lsp.lsp import convert
from glm_lsp.lsp.menu import comment_at, titled
from glm_lsp.text.lines import Point, Range, clamp

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.context.nearby import Also
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.session import Session
    from glm_lsp.workspace.documents import Document
    from glm_lsp.workspace.snapshot import Diagnostic

LARGEST = 4_000_000
"""Characters of the longest document we work on."""
MOST_ALSO = 100
"""Files that may go along; all of them are read."""


def asked(session: Session, argument: Mapping[str, Any], *, untrusted: bool = False) -> tuple[str, AskRequest]:
    """The question of `{action, uri, range, version?, instruction?, also?, diagnostics?, model?}`, and its title.

    `untrusted`: its action may be one of a project that is not trusted, for a job that asks first.

    Errors: BadInput; TextChanged if the range was touched since `version`; Refused for a document that is none of ours.
    """
    document = session.documents.get(text(argument, "uri"))
    actions = session.prompts.known if untrusted else session.prompts.catalogue
    action = find(text(argument, "action"), actions(document.uri))
    _workable(document, session.editor.client)
    version = _version(argument, document)
    span = _span(session, argument, document, version)
    instruction = text(argument, "instruction", "").strip()
    words = instruction or comment_at(session, document, span)
    diagnostics = _diagnostics(session, argument, document, version, None if action.scope == "file" else span)
    check(
        action,
        document.language,
        instruction=bool(words),
        selection=span.start != span.end,
        diagnostics=bool(diagnostics),
    )
    from glm_lsp.ask import AskRequest

    request = AskRequest(
        action=action,
        uri=document.uri,
        span=span,
        instruction=instruction,
        diagnostics=diagnostics,
        model=text(argument, "model", ""),
        also=tuple(_also(session, argument)),
        locale=session.editor.client.locale,
    )
    return titled(action, words), request


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
    carried = document.carry(_whole_lines(span), version)
    convert.check_inside(document.lines, carried.start.line, carried.end.line)
    start, end = clamp(document.lines, carried.start), clamp(document.lines, carried.end)
    return Range(start, start if span.start == span.end else end)


def _whole_lines(span: types.Range) -> Range:
    """The lines that `span` touches: they are the same in every unit."""
    last = span.end.line + (span.end.character > 0 or span.start == span.end)
    return Range(Point(span.start.line, 0), Point(last, 0))


def _also(session: Session, argument: Mapping[str, Any]) -> Iterator[Also]:
    """What is to go along: `[{uri, range?}]`. The files need not be open, so only lines are taken from their ranges."""
    from glm_lsp.context.nearby import Also

    given = argument.get("also") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadInput("`also` must be a list of objects with a `uri`, and perhaps a `range`.")
    if len(given) > MOST_ALSO:
        raise BadInput(f"`also` names {len(given)} places; {MOST_ALSO} can go along.", "Choose those that matter.")
    for one in given:
        span = one.get("range")
        lines = None if span is None else _whole_lines(session.server.structure(span, types.Range, "range"))
        yield Also(text(one, "uri"), lines)


def _diagnostics(
    session: Session, argument: Mapping[str, Any], document: Document, version: int, span: Range | None
) -> tuple[Diagnostic, ...]:
    """Those the menu item carries; without any, those of the last menu at this version that touch `span` (None: the
    whole document)."""
    given = argument.get("diagnostics")
    if given:
        structured = session.server.structure(given, list[types.Diagnostic], "diagnostics")
        found = convert.diagnostics_of(document.lines, structured, session.editor.client.encoding)
        return found if version == document.version else tuple(_carried(found, document, version))
    asked = session.asked.get(document.uri)
    if asked is None or asked.version != document.version:
        return ()
    return tuple(
        one
        for one in asked.diagnostics
        if span is None or (one.range.start <= span.end and span.start <= one.range.end)
    )


def _carried(found: Iterable[Diagnostic], document: Document, version: int) -> Iterator[Diagnostic]:
    """The findings of an older version whose lines are still what they were, at the lines where these are now."""
    for one in found:
        lines = Range(Point(one.range.start.line, 0), Point(one.range.end.line + 1, 0))
        with suppress(TextChanged):
            start, end = document.carry(lines, version)
            yield replace(one, range=Range(clamp(document.lines, start), clamp(document.lines, end)))


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
