"""The language server. It speaks to an editor on stdin and stdout, or on a TCP port of this machine."""

from __future__ import annotations

import argparse
import sys

from glm_lsp.cli.settings import add_settings
from glm_lsp.errors import BadInput

LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    transport = parser.add_mutually_exclusive_group()
    transport.add_argument("--stdio", action="store_true", help="speak on stdin and stdout (the default)")
    transport.add_argument("--tcp", metavar="HOST:PORT", help="wait for one editor on a port, such as 127.0.0.1:9257")
    # VS Code's client adds it to every command line; the initialize request says the same.
    parser.add_argument("--clientProcessId", help=argparse.SUPPRESS)
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.lsp.server import run_stdio, run_tcp
    from glm_lsp.lsp.session import Options

    options = Options(arguments.config, tuple(arguments.set))
    if arguments.tcp:
        return run_tcp(*address(arguments.tcp), options)
    if sys.stdin.isatty():
        print("glm-lsp: waiting for an editor. `glm-lsp --help` lists what else there is.", file=sys.stderr)
    return run_stdio(options)


def address(text: str) -> tuple[str, int]:
    """Host and port. Errors: BadInput if it is none, or other machines could reach it: whoever connects may spend the
    user's key."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise BadInput(f"“{text}” is not HOST:PORT.", "Write --tcp 127.0.0.1:9257.")
    if host not in LOOPBACK:
        raise BadInput(f"The server listens on this machine only, not on {host or 'all addresses'}.", "Use 127.0.0.1.")
    return host.strip("[]"), int(port)
