"""The border between the protocol's shapes and ours. Columns of the protocol's types change their unit here and nowhere
else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from glm_lsp.edits.proposal import Replacement
from glm_lsp.errors import BadInput
from glm_lsp.text.encoding import Encoding, column_of, unit_of
from glm_lsp.text.lines import Point, Range
from glm_lsp.workspace.snapshot import SEVERITIES, Diagnostic, Related


def range_of(lines: Sequence[str], span: types.Range, encoding: Encoding) -> Range:
    """A range from the client, clamped as the specification says; start and end in order."""
    start, end = (_point_of(lines, position, encoding) for position in (span.start, span.end))
    return Range(min(start, end), max(start, end))


def checked_range_of(lines: Sequence[str], span: types.Range, encoding: Encoding) -> Range:
    """The same, for a range we are asked to work on.

    Errors: BadInput if it reaches past the end of the text: that is another text, and guessing is not safe.
    """
    check_inside(lines, span.start.line, span.end.line)
    return range_of(lines, span, encoding)


def check_inside(lines: Sequence[str], first: int, last: int) -> None:
    """Errors: BadInput if a range that begins in the line `first` and ends in `last` reaches past the end."""
    if first >= len(lines) or last > len(lines):
        raise BadInput(f"Line {max(first, last) + 1} is past the end of the text, which has {len(lines)} lines.")


def beyond_a_word(lines: Sequence[str], span: types.Range, encoding: Encoding) -> types.Range:
    """`span` of a client that asks for the word at its cursor where nothing is selected: empty if it is no more."""
    asked = range_of(lines, span, encoding)
    line, start, end = lines[asked.start.line], asked.start, asked.end
    covered = line[start.column : end.column] if start.line == end.line else line[start.column :]
    one_line = start.line == end.line or end == Point(start.line + 1, 0)
    return types.Range(span.start, span.start) if one_line and len(covered.split()) <= 1 else span


def _point_of(lines: Sequence[str], position: types.Position, encoding: Encoding) -> Point:
    if position.line >= len(lines):
        last = lines[-1]
        return Point(len(lines) - 1, column_of(last, len(last) * 4, encoding))
    return Point(position.line, column_of(lines[position.line], position.character, encoding))


def to_range(lines: Sequence[str], span: Range, encoding: Encoding) -> types.Range:
    """Our range as the client counts; its points must exist in `lines`."""
    start, end = (
        types.Position(point.line, unit_of(lines[point.line], point.column, encoding))
        for point in (span.start, span.end)
    )
    return types.Range(start, end)


def to_lines(first: int, last: int) -> types.Range:
    """The lines `first` to `last` (not included): the same in every unit, so it needs no text."""
    return types.Range(types.Position(first, 0), types.Position(last, 0))


def to_edits(
    lines: Sequence[str], replacements: Iterable[Replacement], encoding: Encoding
) -> list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]:
    return [
        types.TextEdit(to_range(lines, replacement.range, encoding), replacement.new) for replacement in replacements
    ]


def diagnostics_of(
    lines: Sequence[str], diagnostics: Iterable[types.Diagnostic], encoding: Encoding
) -> tuple[Diagnostic, ...]:
    """The client's diagnostics. A related place keeps the columns it came with: the text it is in is not here."""
    return tuple(
        Diagnostic(
            range=range_of(lines, found.range, encoding),
            message=found.message if isinstance(found.message, str) else found.message.value,
            severity=SEVERITIES.get(int(found.severity or 1), "error"),
            source=found.source or "",
            code=str(found.code) if found.code is not None else "",
            related=tuple(
                Related(
                    place.location.uri,
                    Range(
                        Point(place.location.range.start.line, place.location.range.start.character),
                        Point(place.location.range.end.line, place.location.range.end.character),
                    ),
                    place.message,
                )
                for place in found.related_information or ()
            ),
        )
        for found in diagnostics
    )
