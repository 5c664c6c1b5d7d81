"""Real editors, and a model that says what a test wants."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_model import ScriptedModel

REPOSITORY = Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "tests/e2e"))  # The checker of all traffic is wanted here too.
NOT_POSSIBLE = 3
"""The exit code of the install scripts on a machine that cannot have the editor."""


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    yield model
    model.close()


@pytest.fixture(scope="session")
def nvim_program() -> Path:
    return _installed("install-neovim")


@pytest.fixture(scope="session")
def emacs_program() -> Path:
    return _installed("install-emacs")


@pytest.fixture(scope="session")
def helix_program() -> Path:
    return _installed("install-helix")


@pytest.fixture(scope="session")
def vim_program() -> Path:
    """Vim; its plugin ALE is in the same folder."""
    return _installed("install-ale")


@pytest.fixture(scope="session")
def basedpyright_program() -> Path:
    """Another language server, for the tests beside it."""
    return _installed("install-basedpyright")


def _installed(script: str) -> Path:
    """The editor, installed if need be. Where it cannot be: skipped, but in CI a failure."""
    done = subprocess.run([REPOSITORY / "scripts" / script], capture_output=True, text=True, check=False)
    if done.returncode == NOT_POSSIBLE and os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())
