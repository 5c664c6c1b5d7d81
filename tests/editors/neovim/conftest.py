"""A Neovim with our server, asking the scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conformance import violations
from editing import Editing
from scripted_model import ScriptedModel


@pytest.fixture(scope="session", params=["plain", "plugin"])
def session(
    request: pytest.FixtureRequest, nvim_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Editing, ScriptedModel]]:
    """With `lsp/glm.lua` alone, and with the whole plugin: whatever a test of `editing` says holds for both.

    Each lives through all its tests, as a user's editor does; at the end all its traffic is checked.
    """
    folder = tmp_path_factory.mktemp(request.param)
    with (folder / "nvim-stderr").open("wb") as stderr, closing(ScriptedModel()) as model:
        editing = Editing(nvim_program, folder, model.url, stderr, plugin=request.param == "plugin")
        yield editing, model
        traffic = editing.close()
    # The editor goes without ceremony, so the session may be unfinished.
    assert violations(traffic, folders=[editing.folder, editing.state], cut=True) == []


@pytest.fixture
def editing(session: tuple[Editing, ScriptedModel]) -> Editing:
    """The Neovim of the session, with nothing open and nothing said."""
    session[0].start_afresh()
    return session[0]


@pytest.fixture
def model(session: tuple[Editing, ScriptedModel]) -> ScriptedModel:
    """The model of the session, with no request unanswered."""
    session[1].forget()
    return session[1]
