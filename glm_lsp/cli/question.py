"""A question asked from the shell: the file read as an editor would have sent it, and the same pipeline behind it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.cli import diagnostics, place
from glm_lsp.cli.catalogue import action_of
from glm_lsp.cli.settings import add_settings
from glm_lsp.context.target import target_of
from glm_lsp.errors import BadInput
from glm_lsp.text.lines import Range
from glm_lsp.workspace import named
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Snapshot

if TYPE_CHECKING:
    from glm_lsp.actions.action import Action
    from glm_lsp.ask import AskRequest
    from glm_lsp.settings import Settings

ROOTS = (".git", ".glm", ".hg", ".jj")


def add_question(parser: argparse.ArgumentParser, action: str) -> None:
    parser.add_argument(
        "place", metavar="FILE[:A[-B]]", help="a file; the lines A to B of it; or what stands around line A"
    )
    parser.add_argument("--action", default=action, metavar="ID", help=f"which action ({action})")
    parser.add_argument("-m", "--message", default="", metavar="TEXT", help="what you want, in your own words")
    add_settings(parser)


def add_diagnostics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--diagnostics", type=Path, metavar="FILE.json", help="findings to work on, as LSP diagnostics (a JSON list)"
    )


def document_at(file: Path) -> OpenDocument:
    """Errors: BadInput if it cannot be read as text."""
    return named.document_at(file.absolute())


def snapshot_of(document: OpenDocument, file: Path, settings: Settings) -> Snapshot:
    return Snapshot({document.uri: document}, (folder_of(file),), settings)


def folder_of(file: Path) -> Path:
    """The project's folder: the nearest one above the file that has a repository or prompts of its own, else the one
    the file is in."""
    path = file.absolute()
    return next((folder for folder in path.parents if any((folder / root).exists() for root in ROOTS)), path.parent)


def question(action: Action, document: OpenDocument, span: Range, arguments: argparse.Namespace) -> AskRequest:
    """What is asked, as `--message` and `--diagnostics` say. Errors: BadInput if the action needs more than that."""
    from glm_lsp.ask import AskRequest

    told = arguments.message.strip()
    if action.needs_instruction and not (told or target_of(document, span, with_comment=True).instruction):
        raise BadInput(f"“{action.id}” needs to be told what you want.", "Add -m TEXT.")
    if action.needs_selection and span.start == span.end:
        raise BadInput(f"“{action.id}” needs to know what to take.", "Name its lines: FILE:A-B.")
    found = diagnostics.read(arguments.diagnostics, document.text) if arguments.diagnostics else ()
    if action.scope != "file":
        found = diagnostics.touching(found, span)
    if action.needs_diagnostics and not found:
        raise BadInput(f"“{action.title}” needs a diagnostic there.", "Give some with --diagnostics FILE.json.")
    return AskRequest(action, document.uri, span, told, found, locale=locale())


def locale() -> str:
    """The tag of the language the shell speaks (`de-DE`); empty if it does not say."""
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    tag = spoken.partition(".")[0].partition("@")[0].replace("_", "-")
    return "" if tag in ("C", "POSIX") else tag


def asked_place(arguments: argparse.Namespace) -> place.Place:
    return place.parse(arguments.place)


def asked_action(arguments: argparse.Namespace, mode: str) -> Action:
    """Errors: BadInput for an id that is not there, or belongs to the other command; Refused if it is not trusted."""
    action = action_of(arguments.action, folder_of(asked_place(arguments).file))
    # An explanation that is always written into the file can be read as well.
    modes = {action.mode, "edit"} if action.writes("document") else {action.mode}
    if action.mode == "suggest":
        raise BadInput(f"“{action.id}” is for editors: what is suggested stands in their menu.")
    if mode not in modes:
        raise BadInput(f"“{action.id}” is for `glm-lsp {action.mode}`.")
    return action
