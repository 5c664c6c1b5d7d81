"""Settings for a command: `--config`, `--set`, the config file and the environment."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.cli.terminal import warn
from glm_lsp.errors import BadSettings

if TYPE_CHECKING:
    from glm_lsp.settings import Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="use this config file instead of your own")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="set one setting; may be given again"
    )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Problems in the config file and the environment are told on stderr, and their defaults used.

    Errors: BadSettings for what stands on the command line itself.
    """
    from glm_lsp.settings import load, render

    loaded = load(file=arguments.config, environ=os.environ, argv=arguments.set)
    given = {"--set", str(arguments.config)}
    wrong = [problem for problem in loaded.problems if problem.source in given]
    if wrong:
        raise BadSettings(" ".join(f"{str(problem).rstrip('.')}." for problem in wrong))
    if loaded.problems:
        warn(render(loaded.problems))
    return loaded.settings
