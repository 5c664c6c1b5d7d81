"""Replies that are fenced text: the region's new text, or whole files."""

# ruff: noqa: SIM905 - a table of words reads best as one

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from glm_lsp.edits.changes import FileChange, check_reach
from glm_lsp.edits.elision import commented
from glm_lsp.edits.imports import import_lines, merged
from glm_lsp.edits.match import Lookup, exactly
from glm_lsp.edits.naming import is_label, makes
from glm_lsp.edits.paths import checked, is_heading, known, matching, may_be_another, named, sent, titled, uri_of
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.region import check_complete, check_marks, rewritten
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.secrets import check_secrets, restored_lines
from glm_lsp.edits.source import Placed, Source, trimmed
from glm_lsp.edits.verify import check_syntax
from glm_lsp.errors import ReplyUnusable
from glm_lsp.reply.blocks import Fence, Lines, Reply
from glm_lsp.reply.fence import mark, spoken
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.paths import spelling

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


def changes(said: Reply, ask: EditRequest) -> list[FileChange]:
    """What fenced text makes of the region or of whole files.

    Errors: ReplyUnusable if which of the fences belongs where is not certain.
    """
    files = [(fence, _named(fence, ask)) for fence in said.fences]
    # One that is only mentioned counts here: the fence may not be for the region.
    spoken_of = [(fence, path or _spoken_of(fence, ask)) for fence, path in files]
    others = [path for fence, path in spoken_of if path is not None and not _is_own(fence, path, ask)]
    if ask.reach in ("region", "region+imports"):
        # A name of the program (`asyncio.gather`) looks like a path too, but has no suffix that we know.
        if any(matching(path, ask) or of_suffix(PurePosixPath(path).suffix) for path in others):
            raise unusable("it is for another file", "You may change only the region between the marks.")
        others = []
    confined = ask.asked == "region" or ask.reach in ("region", "region+imports")
    if confined and not others:
        return [_region(said, ask)]
    if not any(path for _, path in files):
        raise unusable("it does not say which file it is for", "Put the file's path on the line before each fence.")
    found = [_whole(fence, path, ask) for fence, path in files if path is not None]
    if any(path is None and fence.language not in _OUTPUT for fence, path in files):
        raise unusable("one of its pieces of code names no file", "Put the file's path on the line before each fence.")
    if len({spelling(change.uri) for change in found}) < len(found):
        raise unusable("it gives the same file twice", "Give each file once.")
    return found


def beside(said: Reply, ask: EditRequest, changed: Sequence[FileChange]) -> list[FileChange]:
    """The new files that stand whole beside blocks or diffs, which make `changed`. A fence without a name is an
    example, and one that shows what is or comes to be in a file says nothing new.

    Errors: ReplyUnusable if a fence gives a file that is there another text: a part of the reply would be left out.
    """
    found: list[FileChange] = []
    for fence in said.fences if ask.reach == "workspace" else ():
        path = _named(fence, ask)
        if path is None or not any(line.strip() for line in fence.lines):
            continue
        there = matching(path, ask)
        texts = [ask.documents[uri].text for uri in there]
        texts += [change.intended for change in changed if change.uri in (*there, uri_of(path, ask))]
        shown = restored_lines(trimmed(fence.lines), ask.receipt)
        if any(exactly(Lookup(Source(text).bodies), shown, shown) for text in texts):
            continue
        if texts:
            raise unusable(
                "it gives a file in two ways",
                f"`{path}` stands beside the blocks in a fence of its own, with another text. Give only blocks for it.",
            )
        found.append(_whole(fence, path, ask))
    return found


def _named(fence: Fence, ask: EditRequest) -> str | None:
    """The path the reply gives the whole text in `fence`."""
    by_info = named((spoken(fence.info),), ask)
    return by_info or (titled(fence.names[0], ask) if fence.names else None)


def _spoken_of(fence: Fence, ask: EditRequest) -> str | None:
    """The path that the line above `fence` names or mentions."""
    path = named(fence.names[:1], ask)
    return None if path is None or is_heading(fence.names[0], path, ask) else path


def _is_own(fence: Fence, path: str, ask: EditRequest) -> bool:
    """Whether `path`, which the reply gives for `fence`, is certainly that of the region's file."""
    own = ask.region.uri if ask.region else ""
    return matching(path, ask) == [own] and not may_be_another(path, own, ask, made=_makes(fence))


def _makes(fence: Fence) -> bool:
    return any(map(makes, fence.names[:1]))


def _whole(fence: Fence, path: str, ask: EditRequest) -> FileChange:
    """A whole file: the new text of one that was sent, or a new one."""
    given = restored_lines(fence.lines, ask.receipt)
    if not matching(path, ask):
        path = checked(path, ask)
        check_complete(given, (), of_suffix(PurePosixPath(path).suffix))
        check_marks(given, (), of_suffix(PurePosixPath(path).suffix))
        text = Text.of("".join(f"{line}\n" for line in given))
        return FileChange(uri_of(path, ask), text, kind="create")
    uri = known((path,), ask)
    assert uri is not None  # noqa: S101 - it has a match
    if may_be_another(path, uri, ask, made=_makes(fence)):
        raise unusable(
            "it gives the whole text of what may be another file",
            f"`{path}` may be another file than `{sent(ask)[uri]}`. Give its whole path, as you were given it.",
        )
    document = ask.documents[uri]
    source = Source(document.text)
    if not any(line.strip() for line in given):
        raise unusable("it is empty", f"Your fence for `{path}` is empty. Give the file's whole text.")
    given = _unlabelled(given, source, path, document.language)
    new = rewritten(given, source, 0, len(source.raw), document.language)
    check_secrets(source.bodies, new, fence.lines, ask.receipt)
    intended = source.replaced([Placed(0, len(source.raw), new)])
    return FileChange(uri, intended, document, rewritten=(source.bodies, new))


def _unlabelled(given: Lines, source: Source, path: str, language: str) -> Lines:
    """`given` without a first line that is a comment with the file's own path and nothing else, which the file has
    not: a label for the reader of the reply."""
    first = next((row for row, line in enumerate(given) if line.strip()), len(given))
    if first == len(given) or language == "markdown" or given[first] in source.bodies:
        return given
    comment = commented(given[first])
    return given[first + 1 :] if comment is not None and is_label(comment, path) else given


def _region(said: Reply, ask: EditRequest) -> FileChange:
    """The region's new text."""
    if ask.region is None:
        raise unusable("it does not say which file it is for", "Put the file's path on the line before each fence.")
    document = ask.documents[ask.region.uri]
    fences = list(said.fences)
    imports: Fence | None = None
    if ask.reach == "region+imports" and len(fences) == 2:
        fences, imports = _parted(fences, document.language)
    widest = [said.widest] if said.widest and not imports and _may_hold_fences(document) else []
    candidates = [*_candidates(fences, document, ask), *widest]
    if len(candidates) > 1:
        candidates = _fitting(candidates, imports, ask, document)
    if len(candidates) != 1:
        raise unusable(
            "it holds several pieces of code, and which of them is meant is not certain",
            "Give the new text of the region in exactly one fence, longer than any run of backticks in it.",
        )
    return _rewrite(candidates[0], imports, ask, document)


def _rewrite(fence: Fence, imports: Fence | None, ask: EditRequest, document: OpenDocument) -> FileChange:
    assert ask.region is not None  # noqa: S101 - _region refuses such a request
    source = Source(document.text)
    first, last = (min(max(line, 0), len(source.raw)) for line in (ask.region.first, ask.region.last))
    old = source.bodies[first:last]
    given = restored_lines(fence.lines, ask.receipt)
    given = _unlabelled(given, source, sent(ask)[ask.region.uri], document.language)
    new = rewritten(given, source, first, last, document.language)
    check_secrets(old, new, fence.lines, ask.receipt)
    if old and not new and any(line.strip() for line in old) and not any(line.strip() for line in fence.lines):
        raise unusable("it is empty", "Your fence is empty. Give the new text, or `CANNOT: <reason>`.")
    placed = [Placed(first, last, new)]
    if imports is not None:
        added = restored_lines(imports.lines, ask.receipt)
        placed += merged(added, source, document.language, first, last)
    # An insertion at the region's first line comes before it, one at its end after it.
    placed.sort(key=lambda place: (place.first, place.last))
    intended = source.replaced(placed)
    return FileChange(ask.region.uri, intended, document, lambda line: first <= line < last, rewritten=(old, new))


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


def _may_hold_fences(document: OpenDocument) -> bool:
    """Whether a fence inside the new text is likely enough to think of: syntax will tell, or the file has some."""
    from glm_lsp.syntax.tree import has_grammar

    return (
        has_grammar(document.language)
        or document.language == "markdown"
        or any(mark(line) for line in Source(document.text).bodies)
    )


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
            change = _rewrite(fence, imports, ask, document)
            check_reach(change, document.text, ask)
            check_syntax(document.text, change.intended, document.language, change.quoted)
        except ReplyUnusable:
            continue
        fitting.setdefault(change.intended.string, fence)
    return list(fitting.values())
