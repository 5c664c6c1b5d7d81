"""Keep the API key in the system's keyring, for one address only. It is asked for, or read from stdin."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from glm_lsp.cli.settings import add_settings, settings_to_send
from glm_lsp.cli.terminal import say
from glm_lsp.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_base_url(parser)
    parser.add_argument(
        "--file", action="store_true", help="no keyring: keep the key in a file that only you can read (0600)"
    )
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.settings.address import origin
    from glm_lsp.state import keys

    base_url = base_url_of(arguments)
    target = origin(base_url)
    value = getpass.getpass(f"API key for {target}: ") if sys.stdin.isatty() else sys.stdin.readline()
    path = keys.keep(base_url, value, os.environ, "file" if arguments.file else "keyring")
    say(f"The key for {target} is kept in {path or 'the system’s keyring'}. It is sent there only.")
    return 0


def add_base_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base-url", metavar="URL", help="the address the key is for; without it, the one in use")


def base_url_of(arguments: argparse.Namespace) -> str:
    """Errors: BadInput if it cannot be an address, or is the stand-in's."""
    from glm_lsp.settings.address import OFFLINE, checked

    settings = settings_to_send(arguments)
    try:
        base_url = checked(arguments.base_url) if arguments.base_url else settings.endpoint.base_url
    except ValueError as error:
        raise BadInput(f"--base-url {error}.") from error
    if base_url == OFFLINE:
        raise BadInput("The offline stand-in needs no key.")
    return base_url
