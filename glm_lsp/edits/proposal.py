"""What is offered: the intended text of each file, and the hunks that lead there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glm_lsp.actions.action import Reach
from glm_lsp.text.lines import Range, Text

__all__ = ["FileEdit", "Hunk", "Proposal", "Reach", "Region", "Replacement"]


@dataclass(frozen=True, slots=True)
class Region:
    """Whole lines `first` to `last` (from 0, `last` not included) of the document `uri`."""

    uri: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """The lines `old` that start at line `first` (from 0) of the base become `new`. Lines keep their endings; either
    may be empty. `id` is unique in its proposal and stays the same when the hunk is rebased."""

    id: int
    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text edit: `range` of the base (code points) becomes `new`."""

    range: Range
    new: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file's part of a proposal.

    `base` is the text the hunks refer to, `version` its version in the editor (None: the file is not open there);
    `intended` is `base` with all hunks applied. A `create` has an empty base; a `delete` an empty intended text; a
    `rename` moves `uri` to `new_uri` and may carry hunks.
    """

    uri: str
    version: int | None
    base: Text
    intended: Text
    hunks: tuple[Hunk, ...]
    kind: Literal["edit", "create", "rename", "delete"] = "edit"
    new_uri: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is different afterwards."""
        return bool(self.hunks) or self.kind != "edit"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that is certainly meant. `files` is empty when the reply changes nothing (identical, or already applied).

    `confirm` are the reasons it must not be written without the user's word (a protected file, a file that is created,
    a region that shrinks), `warnings` are worth a line and no more; both are sentences.
    """

    files: tuple[FileEdit, ...]
    confirm: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything is different afterwards."""
        return any(file.changes for file in self.files)
