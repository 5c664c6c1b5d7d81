"""A Neovim with our server, asking the scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editing import Editing
from scripted_model import ScriptedModel


@pytest.fixture(params=["plain", "plugin"])
def editing(
    request: pytest.FixtureRequest, nvim_program: Path, model: ScriptedModel, tmp_path: Path
) -> Iterator[Editing]:
    """With `lsp/glm.lua` alone, and with the whole plugin: whatever a test of this says holds for both."""
    with (tmp_path / "nvim-stderr").open("wb") as stderr:
        editing = Editing(nvim_program, tmp_path, model.url, stderr, plugin=request.param == "plugin")
        yield editing
        editing.close()
