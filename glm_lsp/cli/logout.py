"""Forget the API key that `glm-lsp login` kept."""

from __future__ import annotations

import argparse
import os

from glm_lsp.cli.login import add_base_url, base_url_of
from glm_lsp.cli.settings import add_settings
from glm_lsp.cli.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_base_url(parser)
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.settings.address import origin
    from glm_lsp.state import keys

    base_url = base_url_of(arguments)
    forgotten = keys.forget(base_url, os.environ)
    say(f"{'The key is forgotten' if forgotten else 'No key was kept'} for {origin(base_url)}.")
    return 0
