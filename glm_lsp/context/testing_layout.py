"""Where the tests of a file belong in a project: learnt from where the tests of its other files are.

Every test file whose name says what it tests makes a pair with that source. A pair shows how tests are named
(`test_x.py`, `x_test.py`, `x.test.ts`, `XTest.java`) and how their folder follows from the source's: the same one, one
below it, a tree of its own that mirrors the sources', or one folder for all. The pairs vote, near ones more. A project
without tests gets what its language is used to. Go and Rust leave no choice. Pure, but for the `read` it is given.

    place_of(path, files, read) -> Place | None
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import PurePosixPath

from glm_lsp.context.testing_runners import Read, nearest, runner_of, start_folder

Parts = Sequence[str]
"""Of a folder's path below the project's."""
MOST = 1_000
"""Test files that are looked at, of a project that has more."""
COMMON = 20
"""Sources of one name, of which more say little about where tests belong."""


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is the file the tests belong in, relative to the project's folder with `/`; `exists`: it is there already;
    `inside`: it is the source itself. `runner`: what the tests are written with and run by. `example`: another test
    file, to see how this project writes them. `config`: the file that configures the runner. Both may be empty."""

    path: str
    runner: str
    exists: bool = False
    inside: bool = False
    example: str = ""
    config: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """How a language's test files end and are called: `{stem}` stands for the source's name, `{folder}` for that of its
    folder; the usual form first."""

    suffixes: tuple[str, ...]
    forms: tuple[str, ...]

    def pattern(self) -> re.Pattern[str]:
        """What the name of a test file matches."""
        forms = "|".join(re.escape(form.replace("{folder}_", "")).replace(r"\{stem\}", ".+") for form in self.forms)
        return re.compile(rf"({forms or '(?!)'})\.\w+")


@dataclass(frozen=True, slots=True)
class Pair:
    """A test file, the source it tests, and the form of its name."""

    source: PurePosixPath
    test: PurePosixPath
    form: str


_SCRIPT = Names(
    (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"),
    ("{stem}.test", "{stem}.spec", "{stem}-test", "{stem}_test"),
)
_NAMES: Mapping[str, Names] = {
    "python": Names((".py",), ("test_{stem}", "{stem}_test", "{stem}_tests", "tests_{stem}", "test_{folder}_{stem}")),
    "script": _SCRIPT,
    "go": Names((".go",), ("{stem}_test",)),
    "rust": Names((".rs",), ()),
    "java": Names((".java",), ("{stem}Test", "{stem}Tests", "Test{stem}", "{stem}IT")),
    "kotlin": Names((".kt",), ("{stem}Test", "{stem}Tests", "{stem}Spec")),
    "ruby": Names((".rb",), ("{stem}_test", "{stem}_spec", "test_{stem}")),
    "php": Names((".php",), ("{stem}Test",)),
}
_HOUSE = "__tests__"
"""Jest takes every file in such a folder for a test, whatever its name."""
_DJANGO = "tests.py"
"""The tests of all modules beside it."""
_OWN = "{stem}"


def place_of(path: str, files: Collection[str], read: Read) -> Place | None:
    """Where tests of the source `path` belong, among the project's `files`; None where the language's ways are not
    known, or it is no source. `read` gives a file's text, empty if it cannot be read."""
    source = PurePosixPath(path)
    family = next((name for name, one in _NAMES.items() if source.suffix in one.suffixes), "")
    if not family or path.endswith(".d.ts"):
        return None
    names = _NAMES[family]
    every = sorted(one for one in files if one.endswith(names.suffixes))
    named = names.pattern()
    tests = {one for one in every if _is_test(one, named)}
    near = _telling(tests, source)

    def place(found: PurePosixPath, *, example: str = "", inside: bool = False) -> Place:
        shown = example or next((str(one) for one in near if one != found), "")
        there = str(found) in files or inside
        runner, config = runner_of(family, source, files, str(found) if there and not inside else shown, read)
        return Place(str(found), runner, there, inside, "" if inside else shown, config)

    if path in tests:
        return place(source)
    if family == "python" and str(source.with_name(_DJANGO)) in files:
        return place(source.with_name(_DJANGO))
    if family == "rust":
        own = [source.with_name("tests.rs")] if source.stem in ("mod", "lib", "main") else []
        own.append(source.parent / source.stem / "tests.rs")
        apart = next((one for one in own if str(one) in files), None)
        return place(apart) if apart is not None else place(source, inside=True)
    if family == "go":
        return place(source.with_name(f"{source.stem}_test.go"))
    pairs = _pairs(near, [one for one in every if one not in tests], names)
    own = [pair.test for pair in pairs if pair.source == source]
    if own:
        return place(own[0])
    found = _voted(source, pairs, files) or _like_others(source, near, names) or _usual(source, family, files, read)
    others = [pair.test for pair in pairs if pair.test.parent == found.parent]
    return place(found, example=str(min(others)) if others else "")


def _is_test(path: str, named: re.Pattern[str]) -> bool:
    if path.endswith((".java", ".kt")) and "main" in path.split("/"):
        return False
    name = path.rpartition("/")[2]
    return name == _DJANGO or f"/{_HOUSE}/" in f"/{path}" or named.fullmatch(name) is not None


def _telling(tests: Collection[str], source: PurePosixPath) -> list[PurePosixPath]:
    """The tests that say most about `source`: those that may be its own by name, then those near it; of equals the one
    less deep."""
    stem, folders = _stem(str(source)), source.parent.parts

    def distance(path: str) -> tuple[bool, int, int, str]:
        *above, name = path.split("/")
        return stem not in name, -_alike(above, folders), len(above), path

    return [PurePosixPath(one) for one in nsmallest(MOST, tests, key=distance)]


def _subjects(test: PurePosixPath, names: Names) -> Iterator[tuple[str, str]]:
    """The forms that a file's name may have as a test, each with what stands for the source's."""
    stem = test.name.removesuffix(test.suffix)
    for form in names.forms:
        before, after = form.replace("{folder}_", "").split(_OWN)
        if stem.startswith(before) and stem.endswith(after) and len(stem) > len(before) + len(after):
            yield form, stem[len(before) : len(stem) - len(after)]
    if _HOUSE in test.parts:
        yield _OWN, stem


def _pairs(tests: list[PurePosixPath], sources: list[str], names: Names) -> list[Pair]:
    by_stem: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        by_stem[_stem(source)].append(source)
    known = frozenset(sources)
    found = []
    for test in tests:
        for form, subject in _subjects(test, names):
            if "{folder}" in form:
                splits = [(subject[: at.start()], subject[at.end() :]) for at in re.finditer("_", subject)]
                candidates = [
                    source
                    for folder, stem in splits
                    for source in by_stem.get(stem, ())
                    if f"/{source}".endswith(f"/{folder}/{source.rpartition('/')[2]}")
                ]
            else:
                candidates = by_stem.get(subject, [])
            if len(candidates) > COMMON:
                # A name like `index` says which file is meant only where that is close by.
                close = (folder / f"{subject}{suffix}" for folder in test.parents[:2] for suffix in names.suffixes)
                candidates = [one for one in map(str, close) if one in known]
            if candidates:
                at = test.parent.parts
                best = max(candidates, key=lambda one: (_likeness(one.split("/")[:-1], at), -one.count("/")))
                found.append(Pair(PurePosixPath(best), test, form))
                break
    return found


def _voted(source: PurePosixPath, pairs: list[Pair], files: Collection[str]) -> PurePosixPath | None:
    """The path most pairs speak for; of equals one in a folder that is there, then the shorter."""
    folders = {one.rpartition("/")[0] or "." for one in files}
    votes: Counter[PurePosixPath] = Counter()
    for pair in pairs:
        weight = 1 + 2 * _alike(pair.source.parent.parts, source.parent.parts)
        name = _named(source, pair.form) + source.suffix
        for folder, certainty in _folders(pair.source.parent.parts, pair.test.parent.parts, source.parent.parts):
            votes[PurePosixPath(*folder, name)] += weight * certainty
    return max(votes, key=lambda one: (votes[one], str(one.parent) in folders, -len(one.parts)), default=None)


def _folders(source: Parts, test: Parts, asked: Parts) -> Iterator[tuple[Parts, int]]:
    """The folders that tests of a source in `asked` may belong in, if those of one in `source` are in `test`; and how
    much the pair says for each."""
    if test == source:
        yield asked, 2
        return
    if source and test[:-1] == source:
        yield (*asked, test[-1]), 2
        return
    shared = _alike(source[::-1], test[::-1])
    before, root = source[: len(source) - shared], test[: len(test) - shared]
    if asked[: len(before)] == before:
        yield (*root, *asked[len(before) :]), 2 if shared else 1
    elif (common := _alike(before, root)) and (replaced := before[common:]):
        # Another part of the same kind: `core/src/main` for `web/src/main`.
        for at in range(len(asked)):
            if asked[at : at + len(replaced)] == replaced:
                yield (*asked[:at], *root[common:], *asked[at + len(replaced) :]), 2
    if not shared:
        yield test, 1


def _like_others(source: PurePosixPath, near: list[PurePosixPath], names: Names) -> PurePosixPath | None:
    """Beside the nearest tests, named as most are, where none says by its name what it tests."""
    forms = Counter(form for one in near for form, _ in [*_subjects(one, names)][:1])
    if not forms:
        return None
    return near[0].parent / (_named(source, forms.most_common(1)[0][0]) + source.suffix)


def _usual(source: PurePosixPath, family: str, files: Collection[str], read: Read) -> PurePosixPath:
    """Where a project without tests would have them."""
    forms = _NAMES[family].forms
    name = _named(source, forms[0]) + source.suffix
    parts = source.parent.parts
    match family:
        case "java" | "kotlin" if "main" in parts:
            at = parts.index("main")
            return PurePosixPath(*parts[:at], "test", *parts[at + 1 :], name)
        case "python":
            return PurePosixPath(start_folder(source, files, read), name)
        case "ruby" if nearest(source, (".rspec", "spec/spec_helper.rb"), files):
            return PurePosixPath("spec", *_below(parts, "lib", "app"), f"{_named(source, forms[1])}.rb")
        case "ruby":
            return PurePosixPath("test", *_below(parts, "lib", "app"), name)
        case "php":
            return PurePosixPath("tests", *_below(parts, "src", "app"), name)
        case _:
            return source.with_name(name)


def _below(parts: Parts, *roots: str) -> Parts:
    return parts[1:] if parts[:1] and parts[0] in roots else parts


def _named(source: PurePosixPath, form: str) -> str:
    return form.format(stem=_stem(str(source)), folder=source.parent.name)


def _stem(path: str) -> str:
    """What a source is called in the name of its tests: a package by its folder, a private module without its mark."""
    folder, _, name = path.rpartition("/")
    stem, _, suffix = name.rpartition(".")
    if suffix == "py":
        stem = folder.rpartition("/")[2] if stem == "__init__" and folder else stem.strip("_") or stem
    return stem


def _alike(one: Parts, other: Parts) -> int:
    """How many folders two paths begin with in common."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _likeness(source: Parts, test: Parts) -> int:
    """How well the folder of a source fits that of a test: what they end and begin with in common."""
    return 2 * _alike(source[::-1], test[::-1]) + _alike(source, test)
