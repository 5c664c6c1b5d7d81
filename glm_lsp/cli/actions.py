"""List the actions, or those that apply at a place: id, title, kind, scope, reach, and where each comes from."""

from __future__ import annotations

import argparse

from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import table

HEAD = ("id", "title", "kind", "scope", "reach", "from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", metavar="FILE[:A[-B]]", help="only what applies there")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.actions.catalogue import Place, applicable, built_in
    from glm_lsp.cli.place import parse
    from glm_lsp.cli.question import document_at
    from glm_lsp.context.gather import target_of

    settings = settings_of(arguments)
    catalogue = built_in()
    shown = [action for action in catalogue.values() if action.id not in settings.actions.disabled]
    if arguments.place:
        place = parse(arguments.place)
        document = document_at(place.file)
        span = place.span(document.text)
        target = target_of(document, span, with_comment=True)
        there = Place(document.language, span.start != span.end, False, target.instruction)
        shown = applicable(catalogue, there, settings.actions.disabled)
    rows = [(one.id, one.title, one.kind, one.scope, one.reach, one.source) for one in shown]
    print(table(HEAD, rows))
    return 0
