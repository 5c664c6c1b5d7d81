"""Where the symbol that the region is in is used: a few callers, and the tests that name it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from glm_lsp.context.project import Project
from glm_lsp.context.snippet import Kind, Snippet, excerpt
from glm_lsp.index.modules import distance
from glm_lsp.index.store import tail
from glm_lsp.syntax.definitions import ENCLOSING, Definition, outline
from glm_lsp.syntax.parse import Tree
from glm_lsp.syntax.query import matches, patterns, rows_capturing
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range

CALLERS, TESTS = 4, 3
"""Files that are shown, at most; twice as many are read to find them."""
AROUND = 2
"""Lines shown before and after a use."""
LONGEST = 12
"""Lines shown of one file."""
_SYMBOLS = frozenset({"function", "method", "property", "class"})
_TEST = re.compile(r"(^|/)(tests?|specs?|__tests__)/|(^|/)test_[^/]*$|[_.](test|spec)s?\.[a-z]+$|Tests?\.[a-z]+$")


def symbol_of(tree: Tree, region: LineSpan) -> Definition | None:
    """What the lines of `region` belong to: the smallest function or type around them."""
    rows = rows_capturing(patterns(tree.language).definitions, ENCLOSING)
    return _around(outline(tree, matches(tree, rows, region), docstrings=False), *region)


def _around(definitions: Iterable[Definition], first: int, last: int) -> Definition | None:
    holding = [one for one in definitions if one.kind in _SYMBOLS and one.first <= first and last <= one.last]
    return min(holding, key=lambda one: one.last - one.first, default=None)


def callers(project: Project, symbol: Definition) -> list[Snippet]:
    """Lines of other files that use `symbol`: callers, then tests, the nearest files first.

    A name is all that is looked for, but only in files that also name the symbol's module or the type it belongs to.
    """
    name, owner = symbol.name, symbol.parent.rpartition(".")[2]
    if name.startswith("__"):
        name, owner = owner, ""
    if not name:
        return []
    mentioning = project.index.mentioning(name)
    related = set(project.index.mentioning(tail(project.path))) | (
        set(project.index.mentioning(owner)) if owner else set()
    )
    nearest = sorted(
        (path for path in mentioning if path != project.path and path in related),
        key=lambda path: (distance(path, project.path), path),
    )
    found: list[Snippet] = []
    for kind, most in (("callers", CALLERS), ("tests", TESTS)):
        files = [path for path in nearest if bool(_TEST.search(path)) == (kind == "tests")]
        if kind == "tests":  # those named after the module are its own
            files.sort(key=lambda path: tail(project.path).strip("_") not in posixpath.basename(path))
        snippets = (_uses(project, path, name, "tests" if kind == "tests" else "callers") for path in files[: 2 * most])
        found += [one for one in snippets if one is not None][:most]
    return found


def _uses(project: Project, path: str, name: str, kind: Kind) -> Snippet | None:
    text = project.text(path)
    if text is None:
        return None
    lines: list[int] = []
    for number in _numbers(text.lines, name, {entry.line for entry in project.index.imports(path)}):
        low, high = max(0, number - AROUND), min(len(text.lines), number + AROUND + 1)
        if len(set(lines) | set(range(low, high))) > LONGEST:
            break
        lines += [line for line in range(low, high) if line not in lines]
    if not lines:
        return None
    around = _around(project.outline(path), lines[0], lines[-1] + 1)
    if around is not None and around.line < lines[0]:
        shown = f"{around.signature}\n{excerpt(text.lines, lines, around.line)}"
    else:
        shown = excerpt(text.lines, lines)
    title = f"{'tests' if kind == 'tests' else 'uses'} of {name} in {path}"
    span = Range(Point(lines[0], 0), Point(lines[-1] + 1, 0))
    return Snippet(kind, title, project.uri(path), path, project.language(path), shown, span)


def _numbers(lines: Sequence[str], name: str, skipped: set[int]) -> Iterator[int]:
    """The lines of code that use the name: not those that import it."""
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    for number, line in enumerate(lines):
        if name in line and number not in skipped and word.search(line):
            start = line.lstrip()
            if not start.startswith(("import ", "from ", "#", "//", "*", "use ", "require")):
                yield number
