"""What a reply does to each file, between placing and verifying."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from glm_lsp.edits.alignment import gaps
from glm_lsp.edits.hunks import diff, replacements
from glm_lsp.edits.invisible import added
from glm_lsp.edits.proposal import FileEdit
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import check_syntax, exact
from glm_lsp.reply.blocks import Lines
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file's intended text. `document` is what it is now (None: a new file); `quoted` says of a line of it whether
    the reply spoke of it. `rewritten` are lines that were given anew as a whole: what they were, what they are."""

    uri: str
    intended: Text
    document: OpenDocument | None = None
    quoted: Callable[[int], bool] = lambda _: True
    kind: Literal["edit", "create", "rename", "delete"] = "edit"
    new_uri: str = ""
    rewritten: tuple[Lines, Lines] | None = None

    @property
    def language(self) -> str:
        return self.document.language if self.document else of_suffix(PurePosixPath(self.uri).suffix)


def file_edit(change: FileChange, ask: EditRequest) -> FileEdit | None:
    """`change` verified; None if it changes nothing.

    Errors: ReplyUnusable if it goes beyond the reach, adds hidden characters, breaks the syntax or loses a definition.
    """
    base = change.document.text if change.document else Text.of("")
    intended = change.intended
    same = intended.string == base.string
    if change.kind == "edit" and same:
        return None
    if hidden := added(base.string, intended.string):
        raise unusable(
            f"it adds an invisible character, {hidden}",
            f"Your answer contains the invisible character {hidden}. Write it as an escape, or leave it out.",
        )
    if change.kind != "edit" or not same:
        check_reach(change, base, ask)
    if ask.verify and not same and change.kind != "delete":
        check_syntax(base, intended, change.language, change.quoted)
    hunks = () if change.kind == "delete" else diff(base, intended)
    if hunks and not exact(base, intended, replacements(hunks, base)):
        raise unusable("its edits do not give exactly the text that is meant", "Give the text again.")
    version = change.document.version if change.document and change.document.version >= 0 else None
    return FileEdit(change.uri, version, base, intended, hunks, change.kind, change.new_uri)


def check_reach(change: FileChange, base: Text, ask: EditRequest) -> None:
    """Errors: ReplyUnusable if anything outside the reach is not what it was."""
    region = ask.region
    if ask.reach == "workspace":
        return
    if region is None or change.uri != region.uri or change.kind != "edit":
        raise unusable("it reaches beyond the file", "You may change only the file you were asked about.")
    if ask.reach == "file":
        return
    outside = [
        gap
        for gap in gaps(base.lines, change.intended.lines)
        if not (region.first <= gap.old_first and gap.old_last <= region.last)
    ]
    if not outside or _same_around(base, change.intended, region.first, region.last):
        return
    if ask.reach == "region+imports":
        from glm_lsp.edits.imports import import_lines

        language = change.document.language if change.document else ""
        before, after = import_lines(base, language), import_lines(change.intended, language)
        if all(
            _of_imports(base.lines, range(gap.old_first, gap.old_last), before, near=gap.old_first >= region.last)
            and _of_imports(change.intended.lines, range(gap.new_first, gap.new_last), after, near=True)
            for gap in outside
        ):
            return
    raise unusable(
        "it changes lines outside the region",
        "You may change only the region between the marks. Leave all else as it is.",
    )


def _of_imports(lines: Sequence[str], rows: range, imports: Collection[int], *, near: bool) -> bool:
    """Whether the lines at `rows` are imports, or blank; `near`: and are or stand next to some."""
    if not all(row in imports or not lines[row].strip() for row in rows):
        return False
    above = next((row for row in range(rows.start - 1, -1, -1) if lines[row].strip()), -1)
    below = next((row for row in range(rows.stop, len(lines)) if lines[row].strip()), -1)
    return not near or any(row in imports for row in (above, *rows, below))


def _same_around(base: Text, intended: Text, first: int, last: int) -> bool:
    """Whether the text before and after the lines `first` to `last` of `base` is untouched, however lines are
    matched."""
    before, after = "".join(base.lines[:first]), "".join(base.lines[last:])
    length = len(intended.string)
    return length >= len(before) + len(after) and intended.string.startswith(before) and intended.string.endswith(after)
