"""Blocks → what each file becomes. All of a reply's blocks find their places, or none is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from glm_lsp.edits.alignment import gaps
from glm_lsp.edits.changes import FileChange
from glm_lsp.edits.match import Lookup, exactly, find
from glm_lsp.edits.naming import introduces
from glm_lsp.edits.nearest import nearest
from glm_lsp.edits.paths import checked, created, known, matching, meant, named, sent, titled, uri_of
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.region import check_complete, check_marks
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.resolve import resolved
from glm_lsp.edits.secrets import check_secrets, restored_lines
from glm_lsp.edits.source import Placed, Source
from glm_lsp.errors import ReplyUnusable
from glm_lsp.reply.blocks import Block, Lines
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.paths import spelling

TELLING = 10
"""Characters, spaces left out, a replacement must have to be recognised as already there."""


@dataclass
class _Target:
    """One file while its blocks are collected."""

    uri: str
    document: OpenDocument | None
    blocks: list[Block] = field(default_factory=list)
    new_path: str = ""
    kind: str = "edit"


@dataclass(frozen=True, slots=True)
class _Found:
    """A block and its place in the file."""

    block: Block
    place: Placed


def placed(blocks: Sequence[Block], ask: EditRequest) -> tuple[list[FileChange], list[str]]:
    """What the blocks make of each file, and what is worth a line to the user.

    Errors: ReplyUnusable if a block has no place or several, blocks meet, or a file may not be touched.
    """
    targets: dict[str, _Target] = {}
    for block in blocks:
        _collect(block, targets, ask)
    changes: list[FileChange] = []
    notes: list[str] = []
    problems: list[str] = []
    for target in targets.values():
        try:
            change, said = _changed(target, ask)
        except ReplyUnusable as error:
            problems.append(error.problem)
            if len(targets) == 1:
                raise
            continue
        changes.append(change)
        notes += said
    if problems:
        raise unusable("not all of it has a certain place", "\n\n".join(problems))
    return changes, notes


def _collect(block: Block, targets: dict[str, _Target], ask: EditRequest) -> None:
    if block.kind == "create":
        there = _fillable(block, ask)
        if there is not None:
            targets.setdefault(there, _Target(there, ask.documents[there])).blocks.append(block)
            return
        path = created((*block.names, *block.inherited), ask)
        uri = uri_of(path, ask)
        if any(spelling(uri) == spelling(other) for other in targets):
            raise unusable("it makes the same file twice", f"`{path}` is made twice. Give each new file once.")
        targets[uri] = _Target(uri, None, [block], kind="create")
        return
    new = _new_target(block, targets, ask)
    uri = new or _file(block, ask) or (ask.region.uri if ask.region else "")
    if not uri:
        raise unusable("it does not say which file it changes", "Put the file's path on the line before each block.")
    target = targets.setdefault(uri, _Target(uri, ask.documents.get(uri)))
    if block.kind in ("delete", "rename"):
        if target.kind != "edit" or (block.kind == "delete" and target.blocks):
            raise unusable("it does several things to one file", f"Do one thing to `{ask.paths.get(uri, '')}`.")
        target.kind = block.kind
        target.new_path = checked(block.new_name, ask) if block.kind == "rename" else ""
    elif target.kind == "delete":
        raise unusable("it does several things to one file", f"Do one thing to `{ask.paths.get(uri, '')}`.")
    target.blocks.append(block)


def _file(block: Block, ask: EditRequest) -> str | None:
    """The file the block says it is for, else the one of the blocks before it.

    Errors: ReplyUnusable if a sentence only mentions another file than theirs, or the region's, and the block may be
    for either.
    """
    own = known(block.names, ask)
    if own is None:
        return known(block.inherited, ask)
    before = meant(block.inherited, ask)
    others = matching(before or "", ask) or ([ask.region.uri] if ask.region else [])
    if own in others or _says(block.names, own, ask):
        return own
    # A file in backticks is meant more likely than not; then the lines must tell.
    likely = before is None or named(block.names, ask) is not None
    old = _restored(block, ask).old
    if not likely or any(exactly(Lookup(Source(ask.documents[uri].text).bodies), old, ()) for uri in others):
        raise unusable("it does not say which file it changes", "Put the file's path on the line before each block.")
    return own


def _says(names: Lines, uri: str, ask: EditRequest) -> bool:
    """Whether one of the lines above a block is the path of the file `uri`, or presents it."""
    said = (line for line in names if titled(line, ask) is not None or introduces(line))
    return any(matching(meant((line,), ask) or "", ask) == [uri] for line in said)


def _fillable(block: Block, ask: EditRequest) -> str | None:
    """The file the block names, if it is there and holds no text, or this very text: filling it overwrites nothing."""
    path = (named((*block.names, *block.inherited), ask) or "").removeprefix("./")
    there = next((uri for uri, given in sent(ask).items() if given == path), None)
    if there is None:
        return None
    text = ask.documents[there].text
    return there if not text.string.strip() or Source(text).bodies == _restored(block, ask).new else None


def _new_target(block: Block, targets: dict[str, _Target], ask: EditRequest) -> str | None:
    """A file that an earlier block of the same reply made."""
    path = meant(block.names, ask) or named(block.inherited, ask)
    uri = uri_of(path.removeprefix("./"), ask) if path else ""
    return uri if uri in targets and targets[uri].document is None else None


def _changed(target: _Target, ask: EditRequest) -> tuple[FileChange, list[str]]:
    document = target.document
    if document is None:
        return _made(target, ask), []
    if target.kind == "delete":
        quoted = target.blocks[0].old
        if quoted and not exactly(Lookup(Source(document.text).bodies), quoted, ()):
            raise unusable("it deletes a file whose text it has wrong", "Delete the file without quoting its text.")
        return FileChange(target.uri, Text.of(""), document, kind="delete"), []
    source = Source(document.text)
    blocks = {_restored(block, ask): block for block in target.blocks if block.kind != "rename"}
    intended, quoted_lines, notes = _replaced(source, blocks, document, ask)
    change = FileChange(
        target.uri,
        intended,
        document,
        lambda line: line in quoted_lines,
        "rename" if target.kind == "rename" else "edit",
        uri_of(target.new_path, ask) if target.new_path else "",
    )
    return change, notes


def _made(target: _Target, ask: EditRequest) -> FileChange:
    first, *rest = [_restored(block, ask) for block in target.blocks]
    check_complete(first.new, (), "")
    check_marks(first.new, (), "markdown" if target.uri.endswith(".md") else "")
    source = Source(Text.of("".join(f"{line}\n" for line in first.new)))
    for block in rest:
        found = exactly(Lookup(source.bodies), block.old, block.new)
        if len(found) != 1:
            raise _nowhere(block, source.bodies, found, "the new file")
        source = Source(source.replaced(found))
    return FileChange(target.uri, source.text, None, kind="create")


def _restored(block: Block, ask: EditRequest) -> Block:
    """The block with its secrets in place of their tokens."""

    def both(lines: tuple[Lines, Lines]) -> tuple[Lines, Lines]:
        return restored_lines(lines[0], ask.receipt), restored_lines(lines[1], ask.receipt)

    old, new = both((block.old, block.new))
    return replace(block, old=old, new=new, splits=tuple(map(both, block.splits)), verbatim=both(block.verbatim))


def _replaced(
    source: Source, blocks: Mapping[Block, Block], document: OpenDocument, ask: EditRequest
) -> tuple[Text, frozenset[int], list[str]]:
    """The text with all blocks (restored → as sent) at their places, the lines they quote, and notes."""
    lookup = Lookup(source.bodies)
    region = _region(document.uri, ask, len(source.bodies))
    path = ask.paths.get(document.uri, "the file")
    found: list[_Found] = []
    later: list[Block] = []
    notes: list[str] = []
    problems: list[ReplyUnusable] = []
    for block in blocks:
        if block.kind == "create":  # of a file that is there and empty
            found.append(_Found(block, Placed(0, len(source.bodies), block.new)))
            continue
        places = _places(block, lookup, document.language, region)
        if len(places) == 1:
            found.append(_Found(block, places[0]))
        elif places and block.old == block.new:
            continue  # wherever it stands, it changes nothing
        elif not places and _present(block, lookup):
            notes.append(f"A part of the edit is in {path} already.")
        elif not places and found:
            later.append(block)
        else:
            problems.append(_nowhere(block, source.bodies, places, path))
    for entry in found:
        _check(entry.place, source.bodies, document.language, blocks[entry.block], ask)
    intended = source.replaced(_steps(found, source.bodies))
    for block in later:
        now = Source(intended)
        places = _written(block, now, source)
        if len(places) == 1:
            _check(places[0], now.bodies, document.language, blocks[block], ask)
            intended = now.replaced(places)
        else:
            problems.append(_nowhere(block, source.bodies, [], path))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise unusable("not all of it has a certain place", "\n\n".join(problem.problem for problem in problems))
    if notes and not found:
        notes = [f"The edit is in {path} already."]
    quoted = {line for entry in found for line in range(entry.place.first, entry.place.last)}
    for gap in gaps(source.bodies, Source(intended).bodies):
        quoted.update(range(gap.old_first, gap.old_last))
    return intended, frozenset(quoted), notes


def _region(uri: str, ask: EditRequest, count: int) -> tuple[int, int] | None:
    region = ask.region
    if region is None or region.uri != uri or (region.first <= 0 and region.last >= count):
        return None
    return region.first, region.last


def _places(block: Block, lookup: Lookup, language: str, region: tuple[int, int] | None) -> list[Placed]:
    """The block's places; one if it is certain."""
    if not any(line.strip() for line in block.old) and not block.splits:
        if block.at_end and not block.old:
            return [Placed(len(lookup.lines), len(lookup.lines), block.new)]
        return []
    if block.verbatim[0]:
        found = [] if block.problem else exactly(lookup, block.old, block.new)
        found = found or exactly(lookup, *block.verbatim)
        if found or block.problem:
            return resolved(found, block, lookup.lines, region)
    if not block.splits:
        return resolved(find(lookup, block.old, block.new, language), block, lookup.lines, region)
    # Several dividers: the block means what exactly one way to part it finds.
    ways = [
        resolved(find(lookup, old, new, language), block, lookup.lines, region)
        for old, new in block.splits
        if any(line.strip() for line in old) and _dividers(new) <= _dividers(old)
    ]
    certain = [way for way in ways if len(way) == 1]
    return certain[0] if len(certain) == 1 else [place for way in certain for place in way]


def _dividers(lines: Lines) -> int:
    """Lines that may be a mark left over: what a block puts in has no more of them than what it takes out."""
    return sum(line.rstrip() == "=" * len(line.rstrip()) != "" for line in lines)


def _present(block: Block, lookup: Lookup) -> bool:
    """Whether the file has, once, what the block would put there."""
    if block.splits or len("".join("".join(line.split()) for line in block.new)) < TELLING:
        return False
    return len(exactly(lookup, block.new, block.new)) == 1


def _steps(found: Iterable[_Found], lines: Lines) -> list[Placed]:
    """The changed lines of all blocks, in order. What blocks only quote may overlap, what they change may not."""
    steps: list[tuple[Placed, Placed]] = []
    for entry in found:
        place = entry.place
        for gap in gaps(lines[place.first : place.last], place.new):
            new = place.new[gap.new_first : gap.new_last]
            step = Placed(place.first + gap.old_first, place.first + gap.old_last, new)
            if all(step != other for other, _ in steps):
                steps.append((step, place))
    steps.sort(key=lambda entry: (entry[0].first, entry[0].last, entry[1].first))
    for (one, around), (two, around_two) in pairwise(steps):
        both_insert = one.first == one.last == two.first == two.last
        if two.first < one.last or (both_insert and around.last > around_two.first):
            raise unusable(
                "two of its blocks change the same lines",
                f"Two blocks change the same lines (around line {two.first + 1}). Give one block for them.",
            )
    return [step for step, _ in steps]


def _written(block: Block, now: Source, before: Source) -> list[Placed]:
    """Where in the text that the other blocks made the block stands: it must quote a line one of them wrote."""
    touched: set[int] = set()
    for gap in gaps(before.bodies, now.bodies):
        touched.update(range(gap.new_first, gap.new_last))
    return [
        place
        for place in exactly(Lookup(now.bodies), block.old, block.new)
        if touched.intersection(range(place.first, place.last))
    ]


def _check(place: Placed, lines: Lines, language: str, given: Block, ask: EditRequest) -> None:
    """`given`: the block as the reply has it, with its tokens. Errors: ReplyUnusable if it leaves text out, wraps it in
    a fence, or loses a secret."""
    old = lines[place.first : place.last]
    check_complete(place.new, old, language)
    check_marks(place.new, old, language)
    check_secrets(old, place.new, given.new, ask.receipt)


def _nowhere(block: Block, lines: Lines, places: Sequence[Placed], path: str) -> ReplyUnusable:
    quoted = "\n".join(block.old[:25])
    if places:
        shown = ", ".join(str(place.first + 1) for place in places[:20])
        return unusable(
            "the text it wants to change stands in several places",
            f"These SEARCH lines stand in several places of {path} (lines {shown}):\n{quoted}\n"
            "Quote more lines around them, so that only one place fits. Other blocks are fine; send all blocks again.",
        )
    if block.problem:
        return unusable("it is malformed", block.problem)
    best = nearest(block.old, lines)
    real = (
        f"The nearest lines of {path}, from line {best[0] + 1}, are:\n" + "\n".join(best[1]) + "\n"
        if best is not None
        else ""
    )
    return unusable(
        "the text it wants to change is not in the file",
        f"These SEARCH lines are not in {path}:\n{quoted}\n{real}"
        "Copy the lines exactly as they are in the file. Other blocks are fine; send all blocks again.",
    )
