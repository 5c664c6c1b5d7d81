"""Times of the edits room beside difflib on the same input, and the memory of its worst case.

Run as `scripts/bench edits`. Ends with 1 if a limit is missed.
"""

from __future__ import annotations

import difflib
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from glm_lsp.edits.hunks import diff, replacements
from glm_lsp.edits.proposal import FileEdit
from glm_lsp.edits.rebase import rebase
from glm_lsp.reply.parse import parse
from glm_lsp.text.lines import Text

LINES, CHANGES, REPLY = 10_000, 60, 200_000
HUGE = 100_000
MEGABYTES = 300


def best(work: Callable[[], object], times: int = 7) -> float:
    """The best of `times` runs, in milliseconds: the machine's own speed, not what else it does."""
    runs = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        runs.append(time.perf_counter() - start)
    return min(runs) * 1000


def source(count: int) -> list[str]:
    """Lines as code has them: many short ones that repeat, most of them unique."""
    pick = random.Random(7)
    common = ["\n", "}\n", "    }\n", "    return None\n", "        else:\n", "    pass\n"]
    return [
        pick.choice(common) if pick.random() < 0.3 else f"    value_{row} = compute({pick.randrange(999)})\n"
        for row in range(count)
    ]


def changed(lines: Sequence[str], at: Sequence[int], tag: str) -> list[str]:
    out = list(lines)
    for row in sorted(at, reverse=True):
        out[row : row + 1] = [f"    {tag}_{row} = 1\n", *([f"    {tag}_{row} = 2\n"] if row % 3 == 0 else [])]
    return out


def reply(lines: Sequence[str]) -> str:
    """A reply of many blocks, `REPLY` characters long."""
    blocks: list[str] = []
    size = row = 0
    while size < REPLY:
        quoted = "".join(lines[row : row + 8])
        block = f"src/a.py\n```python\n<<<<<<< SEARCH\n{quoted}=======\n{quoted}    more = 1\n>>>>>>> REPLACE\n```\n\n"
        blocks.append(block)
        size, row = size + len(block), (row + 8) % (len(lines) - 8)
    return "".join(blocks)


def opcodes(a: Sequence[str], b: Sequence[str], autojunk: bool) -> Callable[[], object]:
    return lambda: difflib.SequenceMatcher(None, a, b, autojunk=autojunk).get_opcodes()


def unrelated() -> None:
    """The worst case alone in a process: how much memory it takes, in megabytes."""
    base = Text.of("".join(f"old line {row}\n" for row in range(HUGE)))
    intended = Text.of("".join(f"new line {row}\n" for row in range(HUGE)))
    start = time.perf_counter()
    count = len(diff(base, intended))
    spent = (time.perf_counter() - start) * 1000
    print(count, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    lines = source(LINES)
    places = random.Random(3).sample(range(5, LINES - 5, 10), 2 * CHANGES)
    ours, theirs = changed(lines, places[:CHANGES], "ours"), changed(lines, places[CHANGES:], "theirs")
    base, intended, current = (Text.of("".join(each)) for each in (lines, ours, theirs))
    hunks = diff(base, intended)
    file = FileEdit("file:///a.py", 1, base, intended, hunks)
    text = reply(lines)
    done = subprocess.run([sys.executable, __file__, "unrelated"], capture_output=True, text=True, check=True)
    count, spent, memory = (float(word) for word in done.stdout.split())
    rows = [
        ("hunks", f"{len(hunks)} of {CHANGES} changes in {LINES:,} lines", best(lambda: diff(base, intended)), 15.0),
        ("text edits", "of those hunks", best(lambda: replacements(hunks, base)), None),
        ("rebase", f"over {CHANGES} other changes", best(lambda: rebase(file, current, 2, None)), 30.0),
        ("parse", f"a reply of {len(text):,} characters", best(lambda: parse(text)), 50.0),
        ("hunks", f"{HUGE:,} unrelated lines ({count:.0f} hunk)", spent, None),
        ("difflib", "the same 60 changes, autojunk off", best(opcodes(lines, ours, False), 2), None),
        ("difflib", "the same 60 changes, as it comes", best(opcodes(lines, ours, True), 3), None),
    ]
    missed = 0
    for name, what, milliseconds, limit in rows:
        verdict = "" if limit is None else f"limit {limit:.0f} ms{'' if milliseconds <= limit else '  MISSED'}"
        missed += limit is not None and milliseconds > limit
        print(f"{name:<11}{what:<44}{milliseconds:>9.1f} ms  {verdict}")
    missed += memory > MEGABYTES
    print(f"{'memory':<11}{f'{HUGE:,} unrelated lines':<44}{memory:>9.0f} MB  limit {MEGABYTES} MB")
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["unrelated"]:
        unrelated()
    else:
        sys.exit(main())
