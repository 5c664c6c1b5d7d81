"""A command run in this process, with an environment and a state directory of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from glm_lsp.cli.main import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    for name in [name for name in os.environ if name.startswith(("GLM_LSP_", "OXEN_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GLM_LSP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GLM_LSP_CONFIG", "/dev/null")

    def call(*argv: str) -> Ran:
        try:
            code = main(argv)
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Ran(code, *capfd.readouterr())

    return call
