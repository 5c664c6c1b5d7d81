"""How long the index takes: `python scripts/bench_index.py [TREE]`; the standard library's source if no tree is named.

The tree is copied, so that nothing in it is touched and no repository around it has a say. Cold and warm are whole
processes, as the server starts them; a changed file is timed in a process that already runs, as it is in use.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from glm_lsp.index import build, store
from glm_lsp.index.files import indexed_language, listed
from glm_lsp.index.query import Index
from glm_lsp.index.uses import uses
from glm_lsp.syntax.tree import parse
from glm_lsp.text.lines import Text

LINES = 300
ROUNDS = 7
FUNCTION = """\
def name_{line}(first: int, second: str) -> None:
    print(first, second, {version})

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", nargs="?", type=Path, default=Path(sysconfig.get_path("stdlib")))
    tree: Path = parser.parse_args().tree
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "tree")
        skipped = shutil.ignore_patterns("site-packages", "__pycache__", ".git")
        shutil.copytree(tree, folder, ignore=skipped, symlinks=True)
        measure(folder, store.database(Path(place, "state"), folder))


def measure(folder: Path, database: Path) -> None:
    files = [path for path in listed(folder) if indexed_language(path)]
    size = sum((folder / path).stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.1f} MB, load {os.getloadavg()[0]:.1f}")
    cpu, wall = process(database, folder)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    stored = database.stat().st_size / 1e6
    print(f"cold            {cpu:7.2f} s CPU  {wall:6.2f} s   {memory:.0f} MB of memory, {stored:.1f} MB on disk")
    warm = [process(database, folder) for _ in range(ROUNDS)]
    cpu, wall = min(cpu for cpu, _ in warm), statistics.median(wall for _, wall in warm)
    print(f"warm            {1000 * cpu:7.0f} ms CPU {1000 * wall:6.0f} ms")
    print(f"one file        {1000 * changed(folder, database):7.1f} ms        ({LINES} lines, median of {ROUNDS})")
    times = sorted(asked(folder, database, files))
    middle, late = 1000 * times[len(times) // 2], 1000 * times[int(len(times) * 0.95)]
    print(f"uses of a file  {middle:7.1f} ms p50 {late:7.1f} ms p95")


def process(database: Path, folder: Path) -> tuple[float, float]:
    """Seconds of processor and of wall clock that one run of the builder takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "glm_lsp.index", str(database), str(folder)]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def changed(folder: Path, database: Path) -> float:
    """Seconds to take in a file of ordinary code that was saved."""
    times = []
    for version in range(ROUNDS):
        body = [FUNCTION.format(line=line, version=version) for line in range(LINES // 3)]
        (folder / "changed.py").write_text("".join(body))
        started = time.perf_counter()
        build.update(database, folder, ["changed.py"])
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def asked(folder: Path, database: Path, files: list[str]) -> list[float]:
    """Seconds to find what some of a file's functions use, over files spread through the tree."""
    times = []
    for path in files[:: max(1, len(files) // 100)]:
        text = Text.of((folder / path).read_text("utf-8", "replace"))
        tree = parse(text, indexed_language(path))
        if tree is None:
            continue
        started = time.perf_counter()
        index = Index.open(database, folder)
        middle = len(text.lines) // 2
        uses(index, tree, path, middle, min(middle + 40, len(text.lines)))
        index.close()
        times.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
