"""Replies that are fenced text: the region's new text, or whole files."""

# ruff: noqa: SIM905 - a table of words reads best as one

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.edits.changes import FileChange, check_reach
from glm_lsp.edits.imports import import_lines, merged
from glm_lsp.edits.loss import judged
from glm_lsp.edits.region import rewritten
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.secrets import check_secrets, restored_lines
from glm_lsp.edits.source import Placed, Source
from glm_lsp.edits.verify import check_syntax, unusable
from glm_lsp.errors import ReplyUnusable
from glm_lsp.reply.blocks import Fence, Reply
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument

_OUTPUT = frozenset(
    "bash sh shell console shell-session zsh powershell ps1 cmd output text txt plaintext log diff".split()
)
"""Info strings of fences that show a command or its output, not code to be written."""

_ALIASES = {
    "c++": "cpp",
    "c#": "csharp",
    "golang": "go",
    "python3": "python",
    "node": "javascript",
    "docker": "dockerfile",
}


def region_change(said: Reply, ask: EditRequest) -> tuple[FileChange, list[str], list[str]]:
    """The region's new text, with what must be confirmed and what is worth a warning."""
    if ask.region is None:
        raise unusable("it does not say which file it is for", "Put the file's path on the line before each block.")
    document = ask.documents[ask.region.uri]
    fences = list(said.fences)
    imports: Fence | None = None
    if ask.reach == "region+imports" and len(fences) == 2:
        fences, imports = _parted(fences, document.language)
    candidates = [*_candidates(fences, document, ask), *([said.widest] if said.widest and not imports else [])]
    if len(candidates) > 1:
        candidates = _fitting(candidates, imports, ask, document)
    if len(candidates) != 1:
        raise unusable(
            "it holds several pieces of code, and which of them is meant is not certain",
            "Give the new text of the region in exactly one fence, longer than any run of backticks in it.",
        )
    return _rewrite(candidates[0], imports, ask, document)


def _rewrite(
    fence: Fence, imports: Fence | None, ask: EditRequest, document: OpenDocument
) -> tuple[FileChange, list[str], list[str]]:
    assert ask.region is not None  # noqa: S101 - region_change refuses such a request
    source = Source(document.text)
    first, last = (min(max(line, 0), len(source.raw)) for line in (ask.region.first, ask.region.last))
    old = source.bodies[first:last]
    new = rewritten(restored_lines(fence.lines, ask.receipt), source, first, last, document.language)
    check_secrets(old, new, fence.lines, ask.receipt)
    if old and not new and any(line.strip() for line in old) and not any(line.strip() for line in fence.lines):
        raise unusable("it is empty", "Your fence is empty. Give the new text, or `CANNOT: <reason>`.")
    confirm, warnings = judged(old, new, document.language, last=ask.last)
    placed = [Placed(first, last, new)]
    if imports is not None:
        added = restored_lines(imports.lines, ask.receipt)
        placed += merged(added, source, document.language, first, last)
    # An insertion at the region's first line comes before it, one at its end after it.
    placed.sort(key=lambda place: (place.first, place.last))
    change = FileChange(ask.region.uri, source.replaced(placed), document, quoted=lambda line: first <= line < last)
    return change, confirm, warnings


def _parted(fences: Sequence[Fence], language: str) -> tuple[list[Fence], Fence | None]:
    """The fence of the region and the one of the imports, if exactly one of the two is imports alone, else the
    second."""
    alone = [_is_imports(fence, language) for fence in fences]
    if alone[1]:
        return [fences[0]], fences[1]
    if alone[0]:
        return [fences[1]], fences[0]
    return list(fences), None


def _is_imports(fence: Fence, language: str) -> bool:
    rows = import_lines(Text.of("\n".join(fence.lines)), language)
    return bool(rows) and all(row in rows or not line.strip() for row, line in enumerate(fence.lines))


def _candidates(fences: Sequence[Fence], document: OpenDocument, ask: EditRequest) -> list[Fence]:
    """The fences that may be the region's new text: not a command or its output, not the old text shown again."""
    if len(fences) < 2:
        return list(fences)
    assert ask.region is not None  # noqa: S101 - as above
    old = "\n".join(Source(document.text).bodies[ask.region.first : ask.region.last]).strip()
    shown = [fence for fence in fences if "\n".join(fence.lines).strip() != old]
    of_language = [fence for fence in shown if _speaks(fence, document.language)]
    return of_language or [fence for fence in shown if fence.language not in _OUTPUT]


def _speaks(fence: Fence, language: str) -> bool:
    from glm_lsp.syntax.languages import language as language_row

    named = _ALIASES.get(fence.language, fence.language)
    row = language_row(language)
    return (
        bool(named)
        and bool(row.name)
        and (language_row(named) is row or f".{named}" in row.suffixes or named == language)
    )


def _fitting(
    candidates: Sequence[Fence], imports: Fence | None, ask: EditRequest, document: OpenDocument
) -> list[Fence]:
    """The candidates that make a text that parses, one of each text; all of them if there is no grammar to tell."""
    from glm_lsp.syntax.tree import has_grammar

    if not has_grammar(document.language):
        return list(candidates)
    fitting: dict[str, Fence] = {}
    for fence in candidates:
        try:
            change, _, _ = _rewrite(fence, imports, ask, document)
            check_reach(change, document.text, ask)
            check_syntax(document.text, change.intended, document.language, change.quoted)
        except ReplyUnusable:
            continue
        fitting.setdefault(change.intended.string, fence)
    return list(fitting.values())
