"""A Vim with ALE and our server, set up as its page says, asking the scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance import violations
from real_vim import Vim
from scripted_model import ScriptedModel
from workplace import Workplace


@pytest.fixture(scope="session")
def session(vim_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vim, ScriptedModel]]:
    """It lives through all its tests, as a user's editor does; at the end all its traffic with us is checked."""
    model = ScriptedModel()
    work = Workplace(tmp_path_factory.mktemp("vim"), model.url)
    try:
        vim = Vim(vim_program, work)
        try:
            yield vim, model
        finally:
            vim.close()
    finally:
        work.traffic.close()
        model.close()
    # The editor goes without ceremony, so the session may be unfinished.
    assert violations(work.traffic.records, folders=[work.project, work.state], cut=True) == []


@pytest.fixture
def vim(session: tuple[Vim, ScriptedModel]) -> Vim:
    return session[0]


@pytest.fixture
def model(session: tuple[Vim, ScriptedModel]) -> ScriptedModel:
    """The model of the session, with no request unanswered."""
    session[1].forget()
    return session[1]
