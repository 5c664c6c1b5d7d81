"""A proposal as a unified diff, for reading and for `git apply`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal
from glm_lsp.text.lines import ending

CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file\n"


def unified(proposal: Proposal, name: Callable[[str], str]) -> str:
    """The diff of all files; `name(uri)` is what a file is called in it (a relative path)."""
    return "".join(part for file in proposal.files for part in _file(file, name))


def _file(file: FileEdit, name: Callable[[str], str]) -> Iterator[str]:
    old, new = name(file.uri), name(file.new_uri or file.uri)
    lines = _there(file.base.lines)
    hunks = [replace(hunk, old=_there(hunk.old), new=_there(hunk.new)) for hunk in file.hunks]
    if file.kind == "delete":
        hunks = [Hunk(1, 0, lines, ())] if lines else []
    if file.kind == "rename" or not hunks:
        yield from _head(file, old, new)
    if hunks:
        yield f"--- {'/dev/null' if file.kind == 'create' else f'a/{old}'}\n"
        yield f"+++ {'/dev/null' if file.kind == 'delete' else f'b/{new}'}\n"
    shift = 0
    for group in _groups(hunks):
        yield from _group(lines, group, shift)
        shift += sum(len(hunk.new) - len(hunk.old) for hunk in group)


def _head(file: FileEdit, old: str, new: str) -> Iterator[str]:
    """What hunks cannot say: that a file moves, or that an empty one comes or goes."""
    if file.kind == "edit":
        return
    yield f"diff --git a/{old} b/{new}\n"
    if file.kind == "rename":
        yield f"rename from {old}\nrename to {new}\n"
    else:
        yield f"{'new' if file.kind == 'create' else 'deleted'} file mode 100644\n"


def _groups(hunks: Sequence[Hunk]) -> Iterator[list[Hunk]]:
    """Hunks whose context lines would meet stand together."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and hunk.first - (group[-1].first + len(group[-1].old)) > 2 * CONTEXT:
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _group(lines: Sequence[str], group: list[Hunk], shift: int) -> Iterator[str]:
    first = max(0, group[0].first - CONTEXT)
    last = min(len(lines), group[-1].first + len(group[-1].old) + CONTEXT)
    body: list[str] = []
    at = first
    for hunk in group:
        body += _marked(" ", lines[at : hunk.first])
        body += _marked("-", hunk.old)
        body += _marked("+", hunk.new)
        at = hunk.first + len(hunk.old)
    body += _marked(" ", lines[at:last])
    old_count = last - first
    new_count = old_count + sum(len(hunk.new) - len(hunk.old) for hunk in group)
    yield f"@@ -{_place(first, old_count)} +{_place(first + shift, new_count)} @@\n"
    yield from body


def _place(first: int, count: int) -> str:
    return f"{first + 1 if count else first},{count}"


def _there(lines: Sequence[str]) -> tuple[str, ...]:
    """Without the empty last line of a text that ends with a line ending, which a diff does not know."""
    return tuple(line for line in lines if line)


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if ending(line) else f"{mark}{line}\n{NO_NEWLINE}"
