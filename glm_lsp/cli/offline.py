"""The offline stand-in as a real HTTP server on this machine. It answers by rules, with no model inside.

Point anything that speaks the API at the address it prints; Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import asyncio

from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import say
from glm_lsp.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port; without it, a free one")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.offline.server import serve_forever

    settings_of(arguments)  # tells what is wrong with them
    if not 0 <= arguments.port <= 65535:
        raise BadInput(f"--port {arguments.port}: ports are numbers up to 65535.")

    def started(url: str) -> None:
        say(f"The offline stand-in is at {url}")
        say(f"To use it: --set endpoint.base_url={url}")

    asyncio.run(serve_forever(arguments.port, started=started))
    return 0
