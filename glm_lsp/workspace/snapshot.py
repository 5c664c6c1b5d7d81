"""The frozen workspace: what everything that takes time works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glm_lsp.errors import NotOpen
from glm_lsp.text.lines import Range
from glm_lsp.workspace.documents import OpenDocument

if TYPE_CHECKING:
    from glm_lsp.settings import Settings

Severity = Literal["error", "warning", "information", "hint"]
SEVERITIES: Mapping[object, Severity] = {1: "error", 2: "warning", 3: "information", 4: "hint"}
"""By their numbers (LSP 3.18 §diagnosticSeverity)."""


@dataclass(frozen=True, slots=True)
class Related:
    """A place a diagnostic speaks of besides its own."""

    uri: str
    range: Range
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Somebody's finding, as the client handed it over. Its text is untrusted. `range` in code points."""

    range: Range
    message: str
    severity: Severity = "error"
    source: str = ""
    code: str = ""
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Open documents by URI (files that a job had to read stand among them, with `version` -1), the workspace folders,
    and the settings the job started with."""

    documents: Mapping[str, OpenDocument]
    folders: tuple[Path, ...]
    settings: Settings

    def document(self, uri: str) -> OpenDocument:
        if uri not in self.documents:
            raise NotOpen(f"{uri} is not open in the editor.", "Open the file and try again.")
        return self.documents[uri]
