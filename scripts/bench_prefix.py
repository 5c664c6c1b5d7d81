"""How much of the prompt two questions in a row share from its start, so that a provider that keeps prompts need not
read it again: `scripts/bench prefix`.

On this project's own sources: a function of every other file, asked about with every built-in action; the share of each
pair of actions that have the same region there, in characters of the longer prompt, by the length of the file. A short
file has a short prompt, of which the action's own text is more. Then the same action on two functions of a file: all
before the text of the file must be the same. Ends with 1 if a goal is missed: 85 % of each pair, in files of 150 lines
and more.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from glm_lsp.actions.action import Action
from glm_lsp.actions.catalogue import built_in
from glm_lsp.context.gather import gather
from glm_lsp.context.target import target_for
from glm_lsp.index import build, store
from glm_lsp.prompt import compose
from glm_lsp.settings import Settings
from glm_lsp.syntax.definitions import Definition, outline
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import OpenDocument, tree_of
from glm_lsp.workspace.paths import uri_of
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

SOURCES = Path(__file__).resolve().parent.parent / "glm_lsp"
SHARE, LONG = 0.85, 150
"""Goal: of the prompt; in files of so many lines."""
STEPS = (0, 50, 100, 150, 250, 10_000)


def main() -> int:
    argparse.ArgumentParser(description=__doc__.partition("\n\n")[0]).parse_args()
    shares: list[tuple[int, float, str]] = []
    apart = []
    with tempfile.TemporaryDirectory() as place:
        folder, state = Path(place, "project"), Path(place, "state")
        shutil.copytree(SOURCES, folder / "glm_lsp", ignore=shutil.ignore_patterns("__pycache__"))
        build.build(store.database(state, folder), folder)
        for path in sorted(folder.rglob("*.py"))[::2]:
            document = OpenDocument(uri_of(path), "python", 1, Text.of(path.read_text("utf-8")))
            functions = functions_of(document)
            if not functions:
                continue
            middle, last = functions[len(functions) // 2], functions[-1]
            length = len(document.text.lines)
            for (one, left), (other, right) in pairs(document, middle, folder, state):
                shares.append((length, shared(left, right), f"{path.name}: {one}, {other}"))
            if middle != last:
                refactor = built_in()["refactor"]
                here, there = (prompt(document, refactor, one, folder, state)[1] for one in (middle, last))
                if not same_before_the_file(here, there):
                    apart.append(path.name)
    print(f"{'lines':>12}{'pairs':>8}{'least':>8}{'5th percentile':>16}{'median':>8}")
    for low, high in itertools.pairwise(STEPS):
        found = sorted(share for length, share, _ in shares if low <= length < high)
        if found:
            bounds = f"{low} to {high - 1}" if high < STEPS[-1] else f"{low} and more"
            late = found[len(found) // 20]
            print(f"{bounds:>12}{len(found):>8}{found[0]:>8.3f}{late:>16.3f}{statistics.median(found):>8.3f}")
    few = sorted((share, pair) for length, share, pair in shares if length >= LONG and share < SHARE)
    for share, pair in few[:10]:
        print(f"  {share:.3f} {pair}")
    print(f"{len(few)} pairs share less in files of {LONG} lines and more")
    print(f"another region of the file: all before its text is the same, but in {apart or 'no file'}")
    return int(bool(few or apart))


def functions_of(document: OpenDocument) -> list[Definition]:
    tree = tree_of(document)
    found = outline(tree, docstrings=False) if tree is not None else ()
    return [one for one in found if one.kind in ("function", "method") and one.last - one.line > 3]


def prompt(
    document: OpenDocument, action: Action, function: Definition, folder: Path, state: Path
) -> tuple[LineSpan, str]:
    """The region, and the question about `function` as one text."""
    span = Range(Point(function.line + 1, 0), Point(function.line + 3, 0))
    findings = (Diagnostic(span, "This can be None."),) if action.needs_diagnostics else ()
    words = "Make it shorter." if action.needs_instruction else ""
    snapshot = Snapshot({document.uri: document}, (folder,), Settings())
    if action.scope != "diagnostic" and not action.needs_selection:
        span = Range(span.start, span.start)
    target = target_for(action, document, span, findings, with_comment=False)
    context = gather(target, findings, snapshot.settings.context.budget_tokens, snapshot, state)
    name = document.uri.rpartition("/")[2]
    draft = compose.draft(action, words, context, name, snapshot.settings, "glm", "0a1b2c3d")
    return target.lines, "".join(piece.text for turn in draft.turns for piece in turn.pieces)


def pairs(
    document: OpenDocument, function: Definition, folder: Path, state: Path
) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """The prompts of any two actions that have the same region there."""
    found: dict[LineSpan, list[tuple[str, str]]] = {}
    for action in built_in().values():
        lines, text = prompt(document, action, function, folder, state)
        found.setdefault(lines, []).append((action.id, text))
    for together in found.values():
        yield from itertools.combinations(together, 2)


def shared(one: str, other: str) -> float:
    """The part of the longer text that both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    same = next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
    return same / max(len(one), len(other))


def same_before_the_file(one: str, other: str) -> bool:
    start = one.index(" begin file ")
    return one[:start] == other[:start]


if __name__ == "__main__":
    sys.exit(main())
