"""What is found of planted secrets, and what of real source text is taken for one: `python scripts/bench_secrets.py`.

Secrets of each kind are made up anew, and planted where people leave them. Real text is Python's standard library and
the packages of this environment, with their tests and data: those hold messages and archives in base64, which look like
what they may be; they are counted apart. `--show N` prints N of the finds. Goals: 0.98 of all planted secrets hidden
whole, known forms always; in real text, tests and data apart, at most one find in a million characters.
"""

from __future__ import annotations

import argparse
import random
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from planted_secrets import RECOGNISED, planted

from glm_lsp.prompt.redactor import standing_alone
from glm_lsp.prompt.secrets import find

GOAL = 0.98
SUFFIXES = frozenset(
    ".py .pyi .js .ts .json .toml .cfg .md .rst .txt .yaml .yml .html .css .c .h .sh .ini .scm".split()  # noqa: SIM905
)
LARGEST = 1_000_000
TESTS = frozenset({"test", "tests", "testing"})


def recall(chance: random.Random, each: int) -> bool:
    """Prints the table of kinds; whether the goal is met."""
    made: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for case in planted(chance, each):
        bounds = standing_alone(case.text, [(span.start, span.end) for span in find(case.text)])
        made[case.kind] += 1
        seen[case.kind] += any(start <= case.start and case.end <= end for start, end in bounds)
    print(f"{'kind of secret':32} planted hidden")
    for kind, count in made.items():
        print(f"{kind:32} {count:7} {seen[kind]:6}  {seen[kind] / count:.3f}")
    whole = seen.total() / made.total()
    print(f"{f'all {len(made)} kinds':32} {made.total():7} {seen.total():6}  {whole:.4f}\n")
    return whole >= GOAL and all(seen[kind] == made[kind] for kind in RECOGNISED)


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*")):
        nested = "site-packages" in path.relative_to(root).parts
        if path.suffix not in SUFFIXES or nested or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def alarms(name: str, root: Path, show: int) -> bool:
    """Prints what is found in the texts below `root`; whether the goal is met."""
    files = lines = characters = with_finds = in_tests = 0
    kinds: Counter[str] = Counter()
    shown: list[str] = []
    spent = 0.0
    for path, text in texts(root):
        start = time.process_time()
        found = find(text)
        spent += time.process_time() - start
        files, lines, characters = files + 1, lines + text.count("\n"), characters + len(text)
        with_finds += bool(found)
        if TESTS.intersection(path.relative_to(root).parts):
            in_tests += len(found)
        kinds.update(span.kind for span in found)
        shown += [
            f"  {path.relative_to(root)}:{text.count(chr(10), 0, span.start) + 1}: {text[span.start : span.end][:80]!r}"
            for span in found
        ]
    print(
        f"{name}: {files:,} files, {lines:,} lines, {characters / 1e6:.0f} M characters; {kinds.total()} finds in "
        f"{with_finds} files, {in_tests} of them in tests and their data, "
        f"{spent * 1e9 / characters:.0f} ms of processor time for a million\n  {dict(kinds.most_common())}"
    )
    for line in random.Random(1).sample(shown, min(show, len(shown))):
        print(line)
    return (kinds.total() - in_tests) * 1e6 <= characters


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--each", type=int, default=20, help="secrets of a kind in each place")
    parser.add_argument("--show", type=int, default=0, help="finds to print of each body of text")
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}\n")
    good = recall(random.Random(wanted.seed), wanted.each)
    paths = sysconfig.get_paths()
    for name, root in (("the standard library", paths["stdlib"]), ("installed packages", paths["purelib"])):
        good &= alarms(name, Path(root), wanted.show)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
