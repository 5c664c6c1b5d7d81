"""A Helix with our server and another, set up as its page says, asking the scripted model."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance import violations
from real_helix import Helix
from scripted_model import ScriptedModel
from workplace import Workplace

OTHER = Path(__file__).with_name("other_server.py")


@pytest.fixture(scope="session")
def session(helix_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Helix, ScriptedModel]]:
    """It lives through all its tests, as a user's editor does; at the end all its traffic with us is checked."""
    model = ScriptedModel()
    work = Workplace(tmp_path_factory.mktemp("helix"), model.url)
    # The page names this server beside ours; Helix knows how to start it.
    work.program("basedpyright-langserver", shlex.join([sys.executable, str(OTHER)]))
    try:
        helix = Helix(helix_program, work)
        try:
            yield helix, model
        finally:
            helix.close()
    finally:
        work.traffic.close()
        model.close()
    # The editor goes without ceremony, so the session may be unfinished.
    assert violations(work.traffic.records, folders=[work.project, work.state], cut=True) == []


@pytest.fixture
def helix(session: tuple[Helix, ScriptedModel]) -> Helix:
    return session[0]


@pytest.fixture
def model(session: tuple[Helix, ScriptedModel]) -> ScriptedModel:
    """The model of the session, with no request unanswered."""
    session[1].forget()
    return session[1]
