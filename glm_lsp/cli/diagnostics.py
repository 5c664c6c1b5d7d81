"""Findings from a file: a JSON list of LSP diagnostics (LSP 3.18 §diagnostic), columns in UTF-16 as is the default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from glm_lsp.errors import BadInput
from glm_lsp.text.encoding import column_of
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace import files
from glm_lsp.workspace.snapshot import SEVERITIES, Diagnostic


def read(path: Path, text: Text) -> tuple[Diagnostic, ...]:
    """The findings in `path` about `text`. Errors: BadInput if it is not a list of diagnostics."""
    try:
        found = json.loads(files.read(path))
        if not isinstance(found, list):
            raise TypeError
        return tuple(_diagnostic(entry, text) for entry in found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(f"{path} is not a JSON list of LSP diagnostics.") from error


def touching(found: Iterable[Diagnostic], span: Range) -> tuple[Diagnostic, ...]:
    """Those about the lines of `span`."""
    last = max(span.start.line, span.end.line - (span.end.column == 0))
    return tuple(one for one in found if one.range.start.line <= last and span.start.line <= one.range.end.line)


def _diagnostic(entry: Mapping[str, Any], text: Text) -> Diagnostic:
    start, end = _point(entry["range"]["start"], text), _point(entry["range"]["end"], text)
    return Diagnostic(
        range=Range(min(start, end), max(start, end)),
        message=str(entry["message"]),
        severity=SEVERITIES.get(entry.get("severity"), "error"),
        source=str(entry.get("source") or ""),
        code=str(entry.get("code") if entry.get("code") is not None else ""),
    )


def _point(position: Mapping[str, Any], text: Text) -> Point:
    line, character = int(position["line"]), int(position["character"])
    if line < 0 or character < 0:
        raise ValueError
    if line >= len(text.lines):
        return text.end
    return Point(line, column_of(text.lines[line], character, "utf-16"))
