"""Settings for a command: `--config`, `--set`, the config file and the environment."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.cli.terminal import warn
from glm_lsp.errors import BadSettings

if TYPE_CHECKING:
    from glm_lsp.settings import Loaded, Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="use this config file instead of your own")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="set one setting; may be given again"
    )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Problems in the config file and the environment are told on stderr, and their defaults used.

    Errors: BadSettings for what stands on the command line itself.
    """
    return _told(_loaded(arguments))


def settings_to_send(arguments: argparse.Namespace) -> Settings:
    """The same, for a command that sends something. Errors: BadSettings also if nothing may be sent with them."""
    loaded = _loaded(arguments)
    loaded.check_safe()
    return _told(loaded)


def _loaded(arguments: argparse.Namespace) -> Loaded:
    from glm_lsp.settings import load

    loaded = load(file=arguments.config, environ=os.environ, argv=arguments.set)
    given = {"--set", str(arguments.config)}
    wrong = [problem for problem in loaded.problems if problem.source in given]
    if wrong:
        raise BadSettings(" ".join(f"{str(problem).rstrip('.')}." for problem in wrong))
    return loaded


def _told(loaded: Loaded) -> Settings:
    from glm_lsp.settings import render

    if loaded.problems:
        warn(render(loaded.problems))
    return loaded.settings
