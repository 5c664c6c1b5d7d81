"""Emacs with our server, asking the scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from living import EGLOT, Start, living
from real_emacs import Emacs
from scripted_model import ScriptedModel
from workplace import snippet


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
