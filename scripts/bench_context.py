"""How much of what a function uses from other files stands in the context it gets: `scripts/bench context`.

On pinned releases of real projects, for sampled functions: the truth is what jedi resolves, the measure is recall, the
share whose defining line is shown, at a budget for what stands beyond the function's own file. aider's repo map is
measured beside it on the same functions, with the same budget, the function's file as its chat file and the function's
names as mentions. jedi and aider run in environments of their own, below `.cache/bench-context`, which
`scripts/install-bench-projects` makes. Ends with 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glm_lsp.context.beyond import beyond
from glm_lsp.context.project import opened
from glm_lsp.context.snippet import Snippet
from glm_lsp.index import build, store
from glm_lsp.settings import Settings
from glm_lsp.syntax.span import LineSpan
from glm_lsp.syntax.tree import parse
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.paths import uri_of
from glm_lsp.workspace.snapshot import Snapshot

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = REPOSITORY / ".cache/bench-context"
PROJECTS = {"rich": "rich", "flask": "src/flask", "httpx": "httpx", "pydantic": "pydantic"}
"""Project → the folder whose functions are sampled."""
UNSEEN = "pydantic"
"""The one that was not looked at while tuning."""
EACH, SEED, BUDGET = 75, 1, 8_000
"""Functions of a project; of the sample; tokens."""
RECALL, PRECISION, LATE = 0.90, 0.50, 0.05
"""Goals: of all uses and of those of each kind; of the tokens of definitions; seconds of processor that 95 of 100
requests stay below."""
KINDS = ("class", "function", "property", "module variable", "attribute")


@dataclass
class Tally:
    """Pairs of a function and something it uses: how many, and how many are shown; by project or kind."""

    every: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, hit: bool) -> None:
        self.every[key] = self.every.get(key, 0) + 1
        self.shown[key] = self.shown.get(key, 0) + hit

    def share(self, keys: Iterable[str]) -> float:
        keys = [key for key in keys if key in self.every]
        return sum(self.shown[key] for key in keys) / max(1, sum(self.every[key] for key in keys))


@dataclass
class Asked:
    """One function: what it uses (`uses`), and what it got."""

    project: str
    root: Path
    function: dict[str, Any]
    snippets: tuple[Snippet, ...]
    wall: float
    cpu: float

    def part(self, path: str) -> Iterator[str]:
        """The lines of `path` in the context."""
        for one in self.snippets:
            if one.uri == uri_of(self.root / path):
                yield from one.text.split("\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--projects", nargs="*", default=list(PROJECTS), choices=list(PROJECTS))
    parser.add_argument("--without-aider", action="store_true")
    parser.add_argument("--misses", action="store_true", help="list what is not shown")
    options = parser.parse_args()
    subprocess.run([REPOSITORY / "scripts/install-bench-projects"], check=True)
    asked: list[Asked] = []
    aider: list[dict[str, Any]] = []
    for project in options.projects:
        root = next((CACHE / "trees").glob(f"{project}-*"))
        functions, seconds = oracle(root, PROJECTS[project])
        with tempfile.TemporaryDirectory() as state:
            started = time.perf_counter()
            build.build(store.database(Path(state), root), root)
            indexed = time.perf_counter() - started
            found = [ask(project, root, function, Path(state)) for function in functions]
        print(f"{root.name}: {len(found)} functions; jedi {seconds:.0f} s, index {indexed:.1f} s", flush=True)
        asked += found
        if not options.without_aider:
            aider += maps(root, found)
    return report(asked, aider, options.misses)


def oracle(root: Path, package: str) -> tuple[list[dict[str, Any]], float]:
    """What sampled functions use, and the seconds it took to find out: kept, for it is the same every time."""
    script = REPOSITORY / "scripts/lib/context_oracle.py"
    kept = CACHE / f"uses-{root.name}-{EACH}-{SEED}.json"
    if not kept.exists() or kept.stat().st_mtime < script.stat().st_mtime:
        command = [str(CACHE / "oracle/bin/python"), str(script), str(root), package, str(EACH), str(SEED)]
        kept.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    functions = json.loads(kept.read_text())
    return functions, sum(one["seconds"] for one in functions)


def ask(project: str, root: Path, function: dict[str, Any], state: Path) -> Asked:
    uri = uri_of(root / function["path"])
    document = OpenDocument(uri, "python", 1, Text.of((root / function["path"]).read_text("utf-8")))
    snapshot = Snapshot({uri: document}, (root,), Settings())
    region = LineSpan(function["first"] - 1, function["last"])
    started, cpu = time.perf_counter(), time.thread_time()
    tree = parse(document.text, "python")
    with opened(state, snapshot, uri) as opened_project:
        snippets, _ = beyond(uri, region, tree, (), snapshot, opened_project, state, (), BUDGET)
    return Asked(project, root, function, snippets, time.perf_counter() - started, time.thread_time() - cpu)


def maps(root: Path, asked: list[Asked]) -> list[dict[str, Any]]:
    questions = [
        {
            "path": one.function["path"],
            "identifiers": one.function["identifiers"],
            "context": "".join(snippet.text for snippet in one.snippets),
        }
        for one in asked
    ]
    script = REPOSITORY / "scripts/lib/context_aider.py"
    command = [str(CACHE / "aider/bin/python"), str(script), str(root), str(BUDGET)]
    run = subprocess.run(command, input=json.dumps(questions), stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def shows(lines: Iterable[str], use: dict[str, Any], root: Path) -> bool:
    """Whether a line that defines it is among `lines`: one of those jedi names, as far as its name and what follows, or
    another `def` or `class` of that name."""
    source = (root / use["path"]).read_text("utf-8").split("\n")
    name = re.escape(use["name"])
    keys = {"".join(found[0].split()) for number in use["lines"] if (found := _key(source[number - 1], name))}
    defined = re.compile(rf"\s*(async\s+)?(def|class)\s+{name}\b")
    return any(defined.match(line) or "".join(line.split()).startswith(tuple(keys)) for line in lines)


def _key(line: str, name: str) -> re.Match[str] | None:
    return re.match(rf".*?(?<!\w){name}(?!\w)\s*\S?", line)


def of_map(text: str, path: str) -> Iterator[str]:
    """The lines of `path` in aider's map."""
    inside = False
    for line in text.split("\n"):
        if line and line[0] not in "│⋮ ":
            inside = line.rstrip(":") == path
        elif inside:
            yield line.lstrip("│")


def report(asked: list[Asked], aider: list[dict[str, Any]], misses: bool) -> int:
    ours, theirs, by_project, their_project = Tally(), Tally(), Tally(), Tally()
    named = other = idle = 0
    beside: dict[str, list[int]] = {}
    for at, one in enumerate(asked):
        uses = one.function["uses"]
        for use in uses:
            hit = shows(one.part(use["path"]), use, one.root)
            ours.add(use["kind"], hit)
            by_project.add(one.project, hit)
            if misses and not hit:
                print(f"  missed: {one.function['path']} {one.function['name']}: {use}")
            if aider:
                hit = shows(of_map(aider[at]["map"], use["path"]), use, one.root)
                theirs.add(use["kind"], hit)
                their_project.add(one.project, hit)
        files = {uri_of(one.root / use["path"]) for use in uses}
        for snippet in one.snippets:
            if snippet.kind != "definitions":
                beside.setdefault(snippet.kind, []).append(snippet.tokens)
            else:
                named += snippet.tokens * (snippet.uri in files)
                other += snippet.tokens * (snippet.uri not in files)
                idle += snippet.tokens * (not uses)
    with_uses = sum(bool(one.function["uses"]) for one in asked)
    print(f"\n{len(asked)} functions, {with_uses} use something of another file; recall at {BUDGET:,} tokens")
    print(f"{'':<28}{'pairs':>7}{'ours':>9}{'aider':>9}")

    def row(title: str, mine: Tally, their: Tally, keys: list[str]) -> None:
        pairs = sum(mine.every.get(key, 0) for key in keys)
        print(f"{title:<28}{pairs:>7}{mine.share(keys):>9.3f}" + (f"{their.share(keys):>9.3f}" if aider else ""))

    row("all", ours, theirs, list(KINDS))
    for kind in KINDS:
        row(f"  {kind}", ours, theirs, [kind])
    for project in by_project.every:
        unseen = " (not tuned on)" if project == UNSEEN else ""
        row(f"  in {project}{unseen}", by_project, their_project, [project])
    precision = named / max(1, named + other)
    used = named / max(1, named + other - idle)
    print(f"\nprecision: {precision:.3f} of the tokens of definitions are of files jedi names;", end=" ")
    print(f"{used:.3f} where it names any")
    for kind, sizes in sorted(beside.items()):
        print(f"  beside them, {kind}: {sum(sizes) / len(asked):.0f} tokens a function")
    print(f"time (load {os.getloadavg()[0]:.1f}), index and map warm:")
    print_times("ours, wall", [one.wall for one in asked])
    print_times("ours, processor", [one.cpu for one in asked])
    if aider:
        print_times("aider, wall", [one["seconds"] for one in aider])
        print_times("aider, processor", [one["cpu"] for one in aider])
        own = [one["context_tokens"] for one in aider]
        size = [one["tokens"] for one in aider]
        print(f"tokens, counted alike: ours {statistics.mean(own):.0f} on average, {max(own)} at most;", end=" ")
        print(f"aider {statistics.mean(size):.0f} and {max(size)}")
    goals = {
        f"recall {RECALL}": ours.share(KINDS) >= RECALL,
        **{f"recall of {kind} {RECALL}": ours.share([kind]) >= RECALL for kind in KINDS if kind in ours.every},
        f"precision {PRECISION}": precision >= PRECISION,
        f"{1000 * LATE:.0f} ms of processor, p95": late([one.cpu for one in asked]) <= LATE,
        "more than aider": not aider or ours.share(KINDS) > theirs.share(KINDS),
    }
    missed = [goal for goal, met in goals.items() if not met]
    print(f"missed: {', '.join(missed)}" if missed else "every goal is met")
    return int(bool(missed))


def print_times(title: str, seconds: list[float]) -> None:
    print(f"  {title:<18}{1000 * statistics.median(seconds):6.0f} ms p50 {1000 * late(seconds):6.0f} ms p95")


def late(seconds: list[float]) -> float:
    """The time that 95 of 100 stay below."""
    return sorted(seconds)[int(len(seconds) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
