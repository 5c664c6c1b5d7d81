"""What a project's tests are written with and run by: read from a test that is there, else from its configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath

from glm_lsp.text.lines import split

Read = Callable[[str], str]
"""The text of a file by its path below the project's folder; empty if it cannot be read."""

_IMPORTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "python": (
        (r"^\s*(from|import) pytest\b", "pytest"),
        (r"^\s*(from|import) django\.test\b", "Django's TestCase"),
        (r"\bTestCase\b", "unittest"),
        (r"^(async )?def test", "pytest"),
    ),
    "script": (
        (r"""['"]vitest['"]""", "Vitest"),
        (r"""['"]@jest/globals['"]|\bjest\.""", "Jest"),
        (r"""['"]bun:test['"]""", "bun test"),
        (r"""['"]node:test['"]""", "node:test"),
        (r"""['"](mocha|chai)['"]""", "Mocha"),
    ),
    "java": (
        (r"^import (static )?org\.junit\.jupiter\b", "JUnit 5"),
        (r"^import (static )?org\.junit\.", "JUnit 4"),
        (r"^import (static )?org\.testng\.", "TestNG"),
    ),
    "kotlin": (
        (r"^import io\.kotest\b", "Kotest"),
        (r"^import kotlin\.test\b", "kotlin.test"),
        (r"^import org\.junit\.jupiter\b", "JUnit 5"),
        (r"^import org\.junit\.", "JUnit 4"),
    ),
    "go": ((r"\"github\.com/stretchr/testify/", "go test, with testify"),),
    "ruby": ((r"\bRSpec\.describe|^describe\b", "RSpec"), (r"Minitest", "Minitest"), (r"Test::Unit", "test-unit")),
    "php": ((r"^(use|uses|it|test)\(|\bPest\\", "Pest"), (r"PHPUnit", "PHPUnit")),
    "rust": (),
}
"""By family, what a test file shows: the first that is in it."""
_DECLARED: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "python": (
        (("pytest.ini", "conftest.py"), "", "pytest"),
        (("pyproject.toml", "tox.ini", "setup.cfg", "setup.py"), r"pytest", "pytest"),
        (("requirements-dev.txt", "requirements.txt"), r"(?m)^pytest\b", "pytest"),
    ),
    "java": (
        (("pom.xml", "build.gradle.kts", "build.gradle"), r"junit-jupiter|junit\.jupiter|useJUnitPlatform", "JUnit 5"),
        (("pom.xml", "build.gradle.kts", "build.gradle"), r"<artifactId>junit<|junit:junit", "JUnit 4"),
        (("pom.xml", "build.gradle.kts", "build.gradle"), r"testng", "TestNG"),
    ),
    "ruby": (((".rspec", "spec/spec_helper.rb"), "", "RSpec"),),
    "php": ((("composer.json",), r"pestphp", "Pest"),),
}
"""By family, what configuration files show: their names, what stands in them, and the runner."""
_USUAL: Mapping[str, str] = {
    "python": "unittest",
    "script": "the project's test runner",
    "java": "JUnit 5",
    "kotlin": "JUnit 5",
    "go": "go test",
    "rust": "cargo test",
    "ruby": "Minitest",
    "php": "PHPUnit",
}
_VITEST = tuple(f"vitest.config.{suffix}" for suffix in ("ts", "js", "mts", "mjs", "cjs"))
_JEST = tuple(f"jest.config.{suffix}" for suffix in ("ts", "js", "mts", "mjs", "cjs", "json"))
_CONFIGURED_BY: Mapping[str, tuple[str, ...]] = {
    "python": ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"),
    "script": (*_VITEST, *_JEST, "package.json"),
    "java": ("pom.xml", "build.gradle.kts", "build.gradle"),
    "kotlin": ("build.gradle.kts", "build.gradle", "pom.xml"),
    "rust": ("Cargo.toml",),
    "go": ("go.mod",),
    "php": ("phpunit.xml", "phpunit.xml.dist", "composer.json"),
    "ruby": (".rspec", "Gemfile"),
}
_ABOUT_TESTS = re.compile(r"test|jest|mocha|junit|mockito|assertj|pest|spec|dev-dependencies")
_WHOLE = ("pytest.ini", "vitest.config.", "jest.config.", "phpunit.xml", ".rspec")
"""Files that are about tests from their first line to their last."""
_PACKAGES = (
    ("vitest", "Vitest"),
    ("jest", "Jest"),
    ("@jest/globals", "Jest"),
    ("react-scripts", "Jest"),
    ("mocha", "Mocha"),
)
"""What a `package.json` depends on, and the runner it shows: the first that is there."""
_TESTPATHS = re.compile(r"""testpaths\s*=\s*\[?\s*["']?([\w./-]+)""")


def runner_of(family: str, source: PurePosixPath, files: Collection[str], test: str, read: Read) -> tuple[str, str]:
    """The runner's name, and the file that configures it, "" if there is none. `test`: a test file of the project."""
    near = (nearest(source, (name,), files) for name in _CONFIGURED_BY[family])
    config = next((one for one in near if one and config_lines(one, read(one))), "")
    text = read(test) if test else ""
    for pattern, runner in _IMPORTS[family]:
        if re.search(pattern, text, re.MULTILINE):
            return runner, config
    if family == "script" and (runner := _script_runner(source, files, read)):
        return runner, config
    for names, pattern, runner in _DECLARED.get(family, ()):
        for name in names:
            there = nearest(source, (name,), files)
            if there and (not pattern or re.search(pattern, read(there))):
                return runner, config
    return _USUAL[family], config


def config_lines(config: str, text: str) -> tuple[int, int] | None:
    """First and last line (not included) of what of a configuration file is about tests; None if nothing is."""
    lines = split(text)
    if not lines[-1]:
        lines.pop()
    name = PurePosixPath(config).name
    if name.startswith(_WHOLE) and text.strip():
        return 0, len(lines)
    about = [number for number, line in enumerate(lines) if _ABOUT_TESTS.search(line.lower())]
    if not about:
        return None
    if name in ("pyproject.toml", "setup.cfg", "tox.ini"):
        heads = [number for number, line in enumerate(lines) if line.startswith("[")]
        first = next((number for number in heads if "pytest" in lines[number]), None)
        if first is None:
            return None
        return first, next((number for number in heads if number > first), len(lines))
    return about[0], about[-1] + 1


def nearest(source: PurePosixPath, names: Iterable[str], files: Collection[str]) -> str:
    """The file of one of `names` in the source's folder or the nearest above it; empty if there is none."""
    for folder in source.parents:
        for name in names:
            if (found := str(folder / name)) in files:
                return found
    return ""


def start_folder(source: PurePosixPath, files: Collection[str], read: Read) -> str:
    """The folder for the first test of a Python project: where its configuration says, else `tests`."""
    config = nearest(source, _CONFIGURED_BY["python"], files)
    said = _TESTPATHS.search(read(config)) if config else None
    root = PurePosixPath(config).parent if config else PurePosixPath()
    return str(root / (said[1] if said else "tests"))


def _script_runner(source: PurePosixPath, files: Collection[str], read: Read) -> str:
    """What the nearest `package.json` names, then the nearest above it, as in a workspace of many packages."""
    for folder in source.parents:
        for runner, configs in (("Vitest", _VITEST), ("Jest", _JEST)):
            if any(str(folder / name) in files for name in configs):
                return runner
        if (path := str(folder / "package.json")) in files and (runner := _packaged(read(path))):
            return runner
    return ""


def _packaged(text: str) -> str:
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(package, dict):
        return ""
    parts = [package.get(name) for name in ("devDependencies", "dependencies", "peerDependencies")]
    packages = {name for part in parts if isinstance(part, dict) for name in part}
    for name, runner in _PACKAGES:
        if name in packages:
            return runner
    scripts = package.get("scripts")
    script = str(scripts.get("test", "")) if isinstance(scripts, dict) else ""
    return "node:test" if "node --test" in script else "bun test" if "bun test" in script else ""
