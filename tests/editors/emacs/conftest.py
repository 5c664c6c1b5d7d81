"""An Emacs with our server, set up as its page says, asking the scripted model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from conformance import violations
from real_emacs import Emacs
from scripted_model import ScriptedModel
from workplace import Workplace, snippet

Start = Callable[[str], tuple[Emacs, ScriptedModel]]

EGLOT = 0
LSP_MODE = 1
"""The number of its configuration among those of the page."""


@contextmanager
def living(program: Path, folder: Path, configuration: str) -> Iterator[tuple[Emacs, ScriptedModel]]:
    """An Emacs and its model; at the end all traffic is checked."""
    model = ScriptedModel()
    work = Workplace(folder, model.url)
    packages = sorted(program.parents[1].glob("root/usr/share/emacs/site-lisp/elpa-src/*-[0-9]*"))
    try:
        emacs = Emacs(program, work, configuration, packages)
        try:
            yield emacs, model
        finally:
            emacs.close()
    finally:
        work.traffic.close()
        model.close()
    # The editor goes without ceremony, so the session may be unfinished.
    assert violations(work.traffic.records, folders=[work.project, work.state], cut=True) == []


@pytest.fixture(scope="session")
def start(emacs_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts an Emacs with a configuration. Each lives through all its tests, as a user's does."""
    running: dict[str, tuple[Emacs, ScriptedModel]] = {}
    with ExitStack() as stack:

        def started(configuration: str) -> tuple[Emacs, ScriptedModel]:
            if configuration not in running:
                folder = tmp_path_factory.mktemp("emacs")
                running[configuration] = stack.enter_context(living(emacs_program, folder, configuration))
            return running[configuration]

        yield started


@pytest.fixture
def eglot(start: Start) -> Emacs:
    """The Emacs with eglot, with nothing said that is not over."""
    emacs, _ = start(snippet("emacs.md", "elisp", EGLOT))
    emacs.start_afresh()
    return emacs


@pytest.fixture
def model(start: Start) -> ScriptedModel:
    """The model of the Emacs with eglot, with no request unanswered."""
    _, model = start(snippet("emacs.md", "elisp", EGLOT))
    model.forget()
    return model
