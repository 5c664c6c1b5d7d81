"""List the actions, or those that apply at a place: id, title, kind, scope, reach, and where each comes from.

You may write your own: a Markdown file for each in .glm/actions/ of a project, whose name is the action's id, or in the
same folder beside your config.toml. It begins with what the action is, between two lines of three dashes, and goes on
with what the model is told:

    ---
    title: Add logging
    mode: edit
    scope: function
    reach: region+imports
    languages: python, go
    ---
    Log what {{selection}} does where an operator would look for it, as the rest of {{file}} does.

mode: edit or explain; scope: selection, function, file or diagnostic; reach: region, region+imports, file or
workspace. Without `languages` it is for all.

A project's actions are used once you trust them: glm-lsp trust DIR.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from glm_lsp.cli.question import add_diagnostics
from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import say, table, warn

HEAD = ("id", "title", "kind", "scope", "reach", "from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", metavar="FILE[:A[-B]]", help="only what applies there, most relevant first")
    add_diagnostics(parser)
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.actions.relevance import applicable, place_at
    from glm_lsp.cli import diagnostics
    from glm_lsp.cli.catalogue import catalogue_of
    from glm_lsp.cli.place import parse
    from glm_lsp.cli.question import document_at, folder_of
    from glm_lsp.context.target import target_of

    settings = settings_of(arguments)
    place = parse(arguments.place) if arguments.place else None
    folder = folder_of(place.file if place else Path("any file here"))
    catalogue, found = catalogue_of(folder)
    if found.found.actions and not found.actions:
        warn(f"The actions of {folder} are not trusted as they are now. Run `glm-lsp trust {folder}`, if you do.")
    shown = [action for action in catalogue.values() if action.id not in settings.actions.disabled]
    if place is not None:
        document = document_at(place.file)
        span = place.span(document.text)
        target = target_of(document, span, with_comment=True)
        read = diagnostics.read(arguments.diagnostics, document.text) if arguments.diagnostics else ()
        findings = diagnostics.touching(read, span)
        there = place_at(document.text, span, document.language, len(findings), target.instruction)
        shown = applicable(catalogue, there, settings.actions.disabled)
    rows = [(one.id, one.title, one.kind, one.scope, one.reach, one.source) for one in shown]
    say(table(HEAD, rows))
    return 0
