"""How far the estimate of tokens is off: `scripts/bench tokens [FOLDER…]`.

Counted with cl100k, which GLM's vocabulary extends, on files of every language found below the folders; without any,
those of this machine that are likely to hold many. Goals: 12 % on the median file of each language, and never so low
that the wall of the window would not hold. Ends with 1 if one is missed.

`--write` counts some of this project's own files instead and keeps the counts in `tests/data/tokens`, where the tests
hold the estimate against them without a tokenizer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from glm_lsp.context.tokens import MARGIN, estimate
from glm_lsp.syntax.languages import language, of_suffix

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = REPOSITORY / ".cache/bench-context"
FOLDERS = (sysconfig.get_path("stdlib"), str(REPOSITORY), "/usr/include", "/usr/share", "/usr/lib")
FILES, FEWEST = 100, 10
"""Files of a language that are counted; those of which there are fewer are printed, and fail nothing."""
SIZES = (1_500, 80_000)
"""Bytes."""
MEDIAN = 0.12
KEPT = (
    "tests/data/syntax/*.txt",
    "editors/*/src/*.ts",
    "editors/neovim/**/*.lua",
    "glm_lsp/syntax/*.py",
    "editors/*.md",
    "editors/*/*.md",
    "glm_lsp/**/*.md",
    "*.md",
    "*.toml",
)
"""Those of this project's own files whose counts are kept; `.txt` ones are named after their language."""
COUNTS = REPOSITORY / "tests/data/tokens/counts.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    parser.add_argument(
        "--write", action="store_true", help="keep the counts of this project's own files for the tests"
    )
    options = parser.parse_args()
    folders: list[str] = options.folders
    subprocess.run([REPOSITORY / "scripts/install-bench-projects"], check=True)
    if options.write:
        return write()
    texts = {path: text for paths in sample(folders).values() for path in paths if (text := read(path))}
    ratios: dict[str, list[float]] = defaultdict(list)
    for (path, text), count in zip(texts.items(), counted(texts), strict=True):
        ratios[of_suffix(Path(path).suffix)].append(estimate(text) / count)
    missed = False
    print(f"{'language':<18}{'files':>6}{'median error':>14}{'5th percentile':>16}{'least':>8}{'most':>7}")
    for name, found in sorted(ratios.items()):
        found.sort()
        error = statistics.median(abs(ratio - 1) for ratio in found)
        print(
            f"{name:<18}{len(found):>6}{error:>14.3f}{found[len(found) // 20]:>16.2f}{found[0]:>8.2f}{found[-1]:>7.2f}"
        )
        missed |= len(found) >= FEWEST and (error > MEDIAN or found[0] < MARGIN)
    return int(missed)


def counted(paths: Iterable[str]) -> list[int]:
    """The tokens of each file."""
    command = [str(CACHE / "oracle/bin/python"), str(REPOSITORY / "scripts/lib/context_tokens.py")]
    run = subprocess.run(command, input="\n".join(paths), stdout=subprocess.PIPE, text=True, check=True)
    return [int(count) for count in run.stdout.split()]


def write() -> int:
    paths = sorted(path for pattern in KEPT for path in REPOSITORY.glob(pattern) if path.stat().st_size > SIZES[0] // 6)
    rows = [
        {
            "path": path.relative_to(REPOSITORY).as_posix(),
            "language": path.stem if path.suffix == ".txt" else of_suffix(path.suffix),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "tokens": count,
        }
        for path, count in zip(paths, counted(map(str, paths)), strict=True)
    ]
    COUNTS.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0


def sample(folders: list[str]) -> dict[str, list[str]]:
    """Files by language, few of one folder."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for folder in folders:
        for here, inner, names in os.walk(folder):
            inner.sort()
            for name in sorted(names):
                id_ = of_suffix(os.path.splitext(name)[1])
                path = os.path.join(here, name)
                if id_ and language(id_).grammar and os.path.isfile(path) and _fits(os.path.getsize(path)):
                    found[id_][here].append(path)
    choice = random.Random(1)
    return {id_: _spread(list(by_folder.values()), choice) for id_, by_folder in found.items()}


def _fits(size: int) -> bool:
    return SIZES[0] <= size <= SIZES[1]


def _spread(groups: list[list[str]], choice: random.Random) -> list[str]:
    choice.shuffle(groups)
    taken: list[str] = []
    while groups and len(taken) < FILES:
        taken += [group.pop(choice.randrange(len(group))) for group in groups[: FILES - len(taken)]]
        groups = [group for group in groups if group]
    return taken


def read(path: str) -> str:
    """The text of a file; empty for one that is not text, or minified."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return text if len(text) / (text.count("\n") + 1) < 300 and "\n" not in path else ""


if __name__ == "__main__":
    sys.exit(main())
