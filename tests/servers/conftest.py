"""Model servers that others have written, each with the dialogues of `dialogues.json`.

aimock is scripted with them; transformers serves a tiny GLM that has learned them. What is not there is skipped, but
in CI a failure; transformers is started only where `GLM_LSP_TEST_SERVERS` asks for it, as `scripts/test servers` does.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from model_servers import ModelServer, aimock, installed, listening, transformers

from glm_lsp.model.client import Model


@pytest.fixture(scope="session", params=["aimock", "transformers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "transformers" and not os.environ.get("GLM_LSP_TEST_SERVERS"):
        pytest.skip("a gigabyte of packages; scripts/test servers runs it")
    program = installed(request.param)
    start = aimock if request.param == "aimock" else transformers
    command, environ, server = start(program, folder)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environ},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield server(listening(process, log))
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    async with Model() as model:
        yield model
