"""The pictures of the README, taken of the real thing: GLM_PICTURES=editors/pictures makes them anew there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from prices import DATA
from scripted_model import ScriptedModel
from workbench import Workbench

REPOSITORY = Path(__file__).parents[3]
LARGEST = 200_000
"""Bytes of a picture in the repository."""

LOOK = {
    "breadcrumbs.enabled": False,
    "diffEditor.renderOverviewRuler": False,
    "editor.fontSize": 14,
    "editor.hideCursorInOverviewRuler": True,
    "editor.lineHeight": 20,
    "editor.occurrencesHighlight": "off",
    "editor.overviewRulerBorder": False,
    "editor.scrollbar.vertical": "hidden",
    "window.commandCenter": False,
    "workbench.activityBar.location": "hidden",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": False,
}


@pytest.fixture
def settings(settings: dict[str, object]) -> dict[str, object]:
    return settings | LOOK | {"glm.edit.delivery": "preview"}


def take(workbench: Workbench, artefacts: Path, name: str) -> None:
    folder = REPOSITORY / os.environ["GLM_PICTURES"] if "GLM_PICTURES" in os.environ else artefacts
    workbench.do("screenshot", path=str(folder / f"{name}.png"))


def test_the_first_screen(workbench: Workbench, model: ScriptedModel, artefacts: Path) -> None:
    """Without this the pictures show what there no longer is."""
    workbench.do("resize", width=1280, height=600)
    (workbench.folder / "invoice.py").write_text((DATA / "invoice.py.txt").read_text())
    workbench.open("invoice.py")
    workbench.press("Control+b")
    workbench.go(8)
    workbench.menu()
    take(workbench, artefacts, "vscode-menu")
    workbench.press("Escape")
    workbench.pick("GLM: Refactor")
    workbench.asks(model).answer((DATA / "invoice.md").read_text())
    workbench.do("wait", selector=".editor-group-container:nth-child(1) .codelens-decoration a")
    workbench.do("wait", selector=".monaco-diff-editor .view-line:has-text('billed')")
    workbench.do("wait", selector=f"{workbench.STATUS}:has-text('2 changes offered')")
    workbench.do("wait", selector=workbench.TOAST, state="detached")
    take(workbench, artefacts, "vscode")


@pytest.mark.vscode_core
def test_the_pictures_are_small() -> None:
    """Without this whoever clones the project or reads its page waits for megabytes."""
    pictures = list((REPOSITORY / "editors/pictures").glob("*.png"))
    assert pictures
    assert not [file.name for file in pictures if file.stat().st_size > LARGEST]
