"""A VS Code with our extension in it, asking the scripted model."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_model import ScriptedModel
from workbench import Browser, CodeServer, Workbench, window

REPOSITORY = Path(__file__).parents[3]
NOT_POSSIBLE = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They take a browser and minutes, so scripts/test runs them by themselves: with `-m vscode`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.vscode)


@pytest.fixture(scope="session")
def installed() -> Path:
    """The folder of code-server, Node and playwright-core. Where they cannot be: skipped, but in CI a failure."""
    done = subprocess.run([REPOSITORY / "scripts/install-vscode"], capture_output=True, text=True, check=False)
    if done.returncode == NOT_POSSIBLE and os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def vsix(installed: Path) -> Path:
    """The extension, as users get it."""
    path = f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}"
    build: list[str | Path] = [sys.executable, REPOSITORY / "editors/vscode/build"]
    done = subprocess.run(build, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def program() -> Path:
    """The server's program, of the Python that runs the tests."""
    return Path(sys.executable).with_name("glm-lsp")


@pytest.fixture(scope="session")
def code_server(
    installed: Path, vsix: Path, program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CodeServer]:
    home = tmp_path_factory.mktemp("vscode")
    server = CodeServer(installed, vsix, home, {"GLM_LSP_STATE": str(home / "state")})
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(installed, tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture
def artefacts(request: pytest.FixtureRequest) -> Path:
    """Where this test's pictures go; they are kept, to be looked at."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    folder = REPOSITORY / "artefacts/vscode" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def settings(model: ScriptedModel, program: Path) -> dict[str, object]:
    """The user's. A test that wants others says so before it asks for the workbench."""
    return {"glm.endpoint.baseUrl": model.url, "glm.server.path": str(program)}


@pytest.fixture
def workbench(
    code_server: CodeServer, browser: Browser, settings: dict[str, object], tmp_path: Path, artefacts: Path
) -> Iterator[Workbench]:
    """A window on an empty folder."""
    code_server.set(settings)
    folder = tmp_path / "project"
    folder.mkdir()
    with window(code_server, browser, folder, artefacts) as workbench:
        workbench.start()
        yield workbench
