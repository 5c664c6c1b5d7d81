"""Check what glm-lsp needs: the installation, settings, key, endpoint and grammars. Says what to do about each fault.

The endpoint is asked for its models; no code and no prompt is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from glm_lsp import __version__
from glm_lsp.cli.settings import add_settings
from glm_lsp.cli.terminal import say
from glm_lsp.errors import GlmError, NoSuchModel, WrongAddress

if TYPE_CHECKING:
    from glm_lsp.settings import Settings

Verdict = Literal["ok", "note", "wrong"]
OLDEST_PYTHON = (3, 11)
PINNED = {"pygls": "2.1.1", "lsprotocol": "2025.0.0"}
ANSWER_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`next` says what to do; only `wrong` ones make the command fail."""

    verdict: Verdict
    subject: str
    text: str
    next: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    wrong = 0
    for finding in _findings(arguments):
        wrong += finding.verdict == "wrong"
        say(f"{finding.verdict:<5}  {finding.subject}: {finding.text}")
        if finding.next:
            say(f"       → {finding.next}")
    say("All is well." if not wrong else f"{wrong} to mend.")
    return 1 if wrong else 0


def _findings(arguments: argparse.Namespace) -> Iterator[Finding]:
    yield from _installation()
    from glm_lsp.settings import config_file, load

    loaded = load(file=arguments.config, environ=os.environ, argv=arguments.set)
    path = arguments.config or config_file(os.environ)
    if path.exists():
        yield Finding("ok", "config", str(path))
    elif all(problem.source != str(path) for problem in loaded.problems):  # one that is asked for by name must be there
        yield Finding("ok", "config", f"{path} (not there; the defaults hold)")
    for problem in loaded.problems:
        yield Finding("wrong", "setting", str(problem), "Correct it or take it out.")
    yield _checked("state", _state)
    yield from asyncio.run(_model(loaded.settings))
    yield _grammars()
    yield _git()


def _installation() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("wrong", "python", found, "glm-lsp needs Python 3.11 or newer.")
    else:
        yield Finding("ok", "python", f"{found} ({sys.executable})")
    command = shutil.which("glm-lsp")
    if command is None:
        yield Finding("note", "glm-lsp", f"{__version__}, not on PATH", "Editors need the full path of the command.")
    else:
        yield Finding("ok", "glm-lsp", f"{__version__} ({command})")
    for package, wanted in PINNED.items():
        try:
            there = version(package)
        except PackageNotFoundError:
            there = "missing"
        if there != wanted:
            yield Finding("wrong", package, there, f"Install {package}=={wanted}; other versions are not supported.")


def _checked(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", subject, check())
    except GlmError as error:
        return Finding("wrong", subject, error.message, error.next)


def _state() -> str:
    from glm_lsp.state import place, usage

    state = place.root(os.environ)
    return f"{state}, {usage.tokens_today(state):,} tokens today"


async def _model(settings: Settings) -> list[Finding]:
    from glm_lsp.settings import OFFLINE
    from glm_lsp.state import keys

    try:
        key = await asyncio.to_thread(keys.key_for, settings, os.environ)
    except GlmError as error:
        return [Finding("wrong", "key", error.message, error.next)]
    findings = [Finding("ok", "key", f"found in {key.source}" if key else "none needed on this machine")]
    if settings.endpoint.base_url == OFFLINE:
        findings.append(Finding("note", "endpoint", "the offline stand-in answers by rules, with no model inside"))
    return [*findings, await _endpoint(settings)]


async def _endpoint(settings: Settings) -> Finding:
    from glm_lsp.cli.desk import at_desk

    base_url, wanted = settings.endpoint.base_url, settings.endpoint.model
    async with at_desk(settings) as (desk, asked):
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                models = await desk.model.models(await desk.endpoint(asked))
        except TimeoutError:
            late = f"{base_url} did not answer within {ANSWER_SECONDS:.0f} s."
            return Finding("wrong", "endpoint", late, "Check the network, endpoint.proxy and the address.")
        except (NoSuchModel, WrongAddress):
            return Finding("note", "endpoint", f"{base_url} answers, but lists no models")
        except GlmError as error:
            return Finding("wrong", "endpoint", error.message, error.next)
    if all(model.id != wanted for model in models):
        missing = f"{base_url} answers, but does not list {wanted}"
        return Finding(
            "note", "endpoint", missing, "`glm-lsp models` lists those there are; endpoint.model chooses one."
        )
    return Finding("ok", "endpoint", f"{base_url} answers, and has {wanted}")


def _grammars() -> Finding:
    from glm_lsp.syntax.languages import LANGUAGES
    from glm_lsp.syntax.parse import has_grammar

    with_grammar = [language.name for language in LANGUAGES if language.grammar]
    missing = [name for name in with_grammar if not has_grammar(name)]
    text = f"{len(with_grammar) - len(missing)} of {len(with_grammar)} languages"
    if not missing:
        return Finding("ok", "grammars", text)
    return Finding("note", "grammars", f"{text}; by indentation: {', '.join(missing)}")


def _git() -> Finding:
    from glm_lsp.workspace import git

    if git.found() is None:
        return Finding("note", "git", "not found; .gitignore is read without it")
    return Finding("ok", "git", "found")
