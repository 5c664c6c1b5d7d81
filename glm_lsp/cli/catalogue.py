"""The actions a command may use: the built-in ones, the user's own, and those of the project, once it is trusted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.actions.catalogue import built_in, find
from glm_lsp.cli.terminal import warn
from glm_lsp.errors import Refused

if TYPE_CHECKING:
    from glm_lsp.actions.action import Action
    from glm_lsp.actions.custom import Project


def catalogue_of(folder: Path) -> tuple[Mapping[str, Action], Project]:
    """The actions of the project in `folder`, and its own prompts. What is wrong with one is told on stderr.

    Errors: Failed if the state directory cannot be used.
    """
    from glm_lsp.actions.custom import own, project
    from glm_lsp.settings import config_file
    from glm_lsp.state import place

    ours = built_in()
    mine = own(config_file(os.environ).parent, (folder,), ours)
    found = project(place.root(os.environ), folder, {**ours, **mine.actions})
    for complaint in (*mine.complaints, *found.complaints):
        warn(complaint)
    return {**ours, **mine.actions, **found.actions}, found


def action_of(id: str, folder: Path) -> Action:
    """Errors: BadInput if there is none; Refused if it is of a project that is not trusted; Failed."""
    catalogue, found = catalogue_of(folder)
    if id in found.found.actions and id not in catalogue:
        raise Refused(
            f"“{id}” comes from the project in {folder}, whose prompts you have not trusted as they are now.",
            f"Run `glm-lsp trust {folder}`, if you do.",
        )
    return find(id, catalogue)
