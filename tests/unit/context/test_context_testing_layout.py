"""Where new tests go: in the wrong place a runner never finds them, in the wrong style they are not kept.

The cases are small projects in tests/data/test_places: files with their text, a source, and the place of its tests.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.context.testing_layout import Place, place_of
from glm_lsp.context.testing_runners import config_lines

CASES = {
    path.stem: tomllib.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "data" / "test_places").glob("*.toml"))
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_tests_belong_where_the_project_has_its_own(case: dict[str, Any]) -> None:
    files = case["files"]
    assert place_of(case["source"], frozenset(files), lambda path: files.get(path, "")) == Place(**case["place"])


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 12


@pytest.mark.parametrize("source", ["README.md", "main.zig", "types.d.ts", "Makefile"])
def test_where_the_ways_are_not_known_nothing_is_said(source: str) -> None:
    assert place_of(source, frozenset({source}), lambda path: "") is None


FOLDERS = st.lists(st.sampled_from(("src", "main", "test", "tests", "__tests__", "pay", "a_b")), max_size=3)
NAMES = (
    *("a.py", "test_a.py", "test_pay_a.py", "__init__.py", "tests.py", "_.py", ".py", "a.rs", "tests.rs", "a.go"),
    *("a_test.go", "index.ts", "index.test.ts", "A.java", "ATest.java", "a_spec.rb", "pytest.ini", "package.json", "x"),
)
PATHS = st.builds(lambda folders, name: "/".join((*folders, name)), FOLDERS, st.sampled_from(NAMES))


@settings(max_examples=examples(300), deadline=None)
@given(PATHS, st.sets(PATHS, max_size=12))
def test_whatever_the_project_the_place_is_a_file_in_it(source: str, others: set[str]) -> None:
    """Otherwise a request for tests fails in a project that is laid out oddly."""
    files = frozenset({*others, source})
    place = place_of(source, files, lambda path: "[pytest]\ntestpaths = tests\n")
    if place is not None:
        assert place.exists == (place.path in files)
        assert not place.path.startswith(("/", "."))
        assert all(one == "" or one in files for one in (place.example, place.config))


def test_names_that_are_everywhere_take_no_longer() -> None:
    """`index.ts` in each of thousands of folders: the pairs must not be looked for among all of them."""

    def look(count: int) -> None:
        files = frozenset(f"src/p{n}/{name}" for n in range(count) for name in ("index.ts", "index.test.ts"))
        place = place_of("src/p7/x.ts", files, lambda path: "")
        assert place is not None
        assert place.path == "src/p7/x.test.ts"

    assert growth(look, 100, 800) < 16


def test_lines_of_a_configuration_are_those_of_its_text() -> None:
    """Python counts a form feed as a line end: other lines would be shown, or lines that are not there."""
    assert config_lines("pytest.ini", "\f\n\f[pytest]\x85\n") == (0, 2)
    assert config_lines("tox.ini", "[tox]\n\f\n[pytest]\naddopts = -q\n") == (2, 4)


def test_a_broken_package_file_is_no_reason_to_fail() -> None:
    files = {"a.js": "", "package.json": "{" * 10_000}
    place = place_of("a.js", frozenset(files), lambda path: files[path])
    assert place == Place("a.test.js", "the project's test runner")
