"""The real server over real pipes, a model that says what the test wants, and an editor that is one of the captured."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from scripted_editor import CLIENTS, Editor, Start, merge
from scripted_model import ScriptedModel
from wire import connected


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    yield model
    model.close()


@pytest.fixture
def start(tmp_path: Path, model: ScriptedModel) -> Start:
    """Starts the server for an editor: `async with start("nvim", {"experimental": …}) as editor`."""
    folder, state = tmp_path / "project", tmp_path / "state"
    folder.mkdir()
    (folder / ".git").mkdir()
    (tmp_path / "config.toml").touch()

    @asynccontextmanager
    async def start(
        client: str = "vscode",
        capabilities: dict[str, Any] | None = None,
        *,
        options: Any = None,
        environ: dict[str, str] | None = None,
        program: Sequence[str] = ("-m", "glm_lsp"),
    ) -> AsyncIterator[Editor]:
        introduction = copy.deepcopy(CLIENTS[client])
        introduction.update(rootUri=folder.as_uri(), rootPath=str(folder), processId=os.getpid())
        if introduction.get("workspaceFolders"):
            introduction["workspaceFolders"] = [{"uri": folder.as_uri(), "name": "project"}]
        introduction["initializationOptions"] = options
        merge(introduction["capabilities"], capabilities or {})
        private = {
            "GLM_LSP_STATE": str(state),
            "GLM_LSP_CONFIG": str(tmp_path / "config.toml"),
            "GLM_LSP_BASE_URL": model.url,
            **(environ or {}),
        }
        command = [sys.executable, *program, "serve", "--stdio"]
        async with connected(command, introduction, environ=private, folders=[folder, state]) as wire:
            yield Editor(wire, folder, state)

    return start
