"""How long the index takes: `scripts/bench index [TREE]`; the standard library's source if no tree is named.

The tree is copied, so that nothing in it is touched and no repository around it has a say. Cold and warm are whole
processes, as the server starts them; a changed file is timed in a process that already runs, as it is in use. Beside
them, as floors: the parsing alone of the same files in a process of its own, which tells how fast the machine is now;
and aider's repo map of the same tree, from an environment that `scripts/install-bench-projects` makes. Goals are held
against seconds of processor, which other load disturbs least. Ends with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from glm_lsp.index import build, store
from glm_lsp.index.files import indexed_language, listed
from glm_lsp.index.query import Index
from glm_lsp.index.uses import uses
from glm_lsp.syntax.tree import parse
from glm_lsp.text.lines import Text

REPOSITORY = Path(__file__).resolve().parent.parent
AIDER = REPOSITORY / ".cache/bench-context/aider/bin/python"
COLD, WARM, CHANGED = 8.0, 0.2, 0.02
"""Goals: seconds of processor for the whole tree, for one in which nothing changed, and for one file that was saved."""
FASTER, SMALLER = 4, 4
"""Goals: how many times faster than aider's map, and in what part of its memory."""
TOKENS = 8_192
"""Of aider's map."""
LINES = 300
ROUNDS = 7
FUNCTION = """\
def name_{line}(first: int, second: str) -> None:
    print(first, second, {version})

"""
PARSING = """
import sys
from pathlib import Path
from glm_lsp.syntax.parse import grammar
from glm_lsp.index.files import indexed_language
from tree_sitter import Parser
for path in sys.stdin.read().split("\\0"):
    Parser(grammar(indexed_language(path))).parse(Path(path).read_bytes())
"""


class Cost(NamedTuple):
    """Of a process: seconds of processor, seconds of wall clock, megabytes of memory at most."""

    cpu: float
    wall: float
    memory: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", nargs="?", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--without-aider", action="store_true")
    options = parser.parse_args()
    if not options.without_aider:
        subprocess.run([REPOSITORY / "scripts/install-bench-projects"], check=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tree")
        skipped = shutil.ignore_patterns("site-packages", "__pycache__", ".git")
        shutil.copytree(options.tree, folder, ignore=skipped, symlinks=True)
        database = store.database(Path(place, "state"), folder)
        missed = measure(folder, database, None if options.without_aider else AIDER)
    print(f"missed: {', '.join(missed)}" if missed else "every goal is met")
    return int(bool(missed))


def measure(folder: Path, database: Path, aider: Path | None) -> list[str]:
    """Prints what is measured; the goals that are missed."""
    files = [path for path in listed(folder) if indexed_language(path)]
    size = sum((folder / path).stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f}")
    missed = []

    def row(title: str, cpu: float, wall: float, goal: float = 0, more: str = "") -> None:
        bound = f"goal {1000 * goal:5.0f}" if goal else ""
        print(f"{title:<22}{1000 * cpu:8.1f} ms CPU{1000 * wall:9.1f} ms   {bound:<11} {more}")
        if goal and cpu > goal:
            missed.append(title)

    builder = [sys.executable, "-m", "glm_lsp.index", str(database), str(folder)]
    cold = run(builder)
    stored = database.stat().st_size / 1e6
    row("cold", cold.cpu, cold.wall, COLD, f"{cold.memory:.0f} MB of memory, {stored:.1f} MB on disk")
    floor = run([sys.executable, "-c", PARSING], "\0".join(str(folder / path) for path in files))
    row("  parsing alone", floor.cpu, floor.wall, more=f"the floor: cold is {cold.cpu / floor.cpu:.2f} times that")
    warm = [run(builder) for _ in range(ROUNDS)]
    middle = statistics.median(one.wall for one in warm)
    row("warm, none changed", statistics.median(one.cpu for one in warm), middle, WARM, f"median of {ROUNDS}")
    cpu, wall = changed(folder, database)
    row("one changed file", cpu, wall, CHANGED, f"{LINES} lines, median of {ROUNDS}")
    times = asked(folder, database, files)
    for title, share in (("p50", 0.5), ("p95", 0.95)):
        row(f"uses of a region, {title}", at([cpu for cpu, _ in times], share), at([wall for _, wall in times], share))
    if aider is None:
        return missed
    question = {"path": files[0], "identifiers": [], "context": ""}
    script = REPOSITORY / "scripts/lib/context_aider.py"
    answer = folder.with_name("map.json")
    theirs = run([str(aider), str(script), str(folder), str(TOKENS)], json.dumps([question]), answer)
    (answered,) = json.loads(answer.read_text())
    row("aider's map", answered["cpu"], answered["seconds"], more=f"{theirs.memory:.0f} MB; without its start")
    faster, smaller = answered["cpu"] / cold.cpu, theirs.memory / cold.memory
    print(f"aider takes {faster:.1f} times as long and {smaller:.1f} times the memory; goals {FASTER} and {SMALLER}")
    return missed + ["faster than aider"] * (faster < FASTER) + ["smaller than aider"] * (smaller < SMALLER)


def run(command: Sequence[str], text: str = "", output: Path = Path(os.devnull)) -> Cost:
    """What one run of `command` costs, whose input is `text`."""
    with tempfile.TemporaryFile() as source, output.open("wb") as sink:
        source.write(os.fsencode(text))
        source.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=source, stdout=sink)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def changed(folder: Path, database: Path) -> tuple[float, float]:
    """Seconds of processor and of wall clock to take in a file of ordinary code that was saved."""
    times = []
    for version in range(ROUNDS):
        body = [FUNCTION.format(line=line, version=version) for line in range(LINES // 3)]
        (folder / "changed.py").write_text("".join(body))
        started, cpu = time.perf_counter(), time.process_time()
        build.update(database, folder, ["changed.py"])
        times.append((time.process_time() - cpu, time.perf_counter() - started))
    return at([cpu for cpu, _ in times], 0.5), at([wall for _, wall in times], 0.5)


def asked(folder: Path, database: Path, files: list[str]) -> list[tuple[float, float]]:
    """Seconds of processor and of wall clock to find what some of a file's lines use, over files spread through the
    tree."""
    times = []
    for path in files[:: max(1, len(files) // 100)]:
        text = Text.of((folder / path).read_text("utf-8", "replace"))
        tree = parse(text, indexed_language(path))
        if tree is None:
            continue
        started, cpu = time.perf_counter(), time.process_time()
        index = Index.open(database, folder)
        middle = len(text.lines) // 2
        uses(index, tree, path, middle, min(middle + 40, len(text.lines)))
        index.close()
        times.append((time.process_time() - cpu, time.perf_counter() - started))
    return times


def at(times: Sequence[float], share: float) -> float:
    """The time within which that share of them lies."""
    return sorted(times)[int(len(times) * share)]


if __name__ == "__main__":
    sys.exit(main())
