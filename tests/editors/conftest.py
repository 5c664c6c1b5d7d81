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
    """Neovim, installed if need be. Where it cannot be: skipped, but in CI a failure."""
    script = REPOSITORY / "scripts/install-neovim"
    done = subprocess.run([script], capture_output=True, text=True, check=False)
    if done.returncode == NOT_POSSIBLE and os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())
