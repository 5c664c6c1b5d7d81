"""Let a project's own prompts (.glm/rules.md and .glm/actions/) be used, exactly as they are now.

Read them first: they are sent with your code. Any change to them takes the trust away.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import say, warn
from glm_lsp.errors import BadInput
from glm_lsp.plain import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the project's folder, the one that holds .glm")
    parser.add_argument("--revoke", action="store_true", help="take the trust back")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.cli.catalogue import catalogue_of
    from glm_lsp.edits.invisible import added
    from glm_lsp.state import place, trust

    settings_of(arguments)  # tells what is wrong with them
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder.")
    state = place.root(os.environ)
    if arguments.revoke:
        trust.revoke(state, folder)
        say(f"The prompts of {folder} are not trusted; the built-in ones are used.")
        return 0
    found = trust.prompts(folder)
    if not found:
        raise BadInput(f"There are no prompts in {folder / '.glm'}, so there is nothing to trust.")
    trust.decide(state, folder, found, trusted=True)
    for name, data in found.items():
        shown = plain(f".glm/{name}")
        say(f"  {shown}  {len(data)} bytes")
        hidden = added("", data.decode("utf-8-sig", "replace"))
        if hidden:
            warn(f"{shown} holds characters that cannot be seen, such as {hidden}. Look at it in a hex viewer.")
    say(f"The prompts of {folder} are trusted as they are now.")
    catalogue_of(folder.absolute())  # tells what is wrong with them
    return 0
