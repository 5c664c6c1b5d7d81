"""Which command is meant, and what its end is for the shell.

Exit codes: 0 done; 1 refused or failed, the sentence on stderr; 2 bad usage; 130 and 141, without a word, for Ctrl-C
and a reader that went away, as a shell has them. Only the module of the command that runs is imported, for the server
starts through here every time an editor opens.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from glm_lsp import __version__
from glm_lsp.cli.terminal import drop_output, say, warn, written
from glm_lsp.errors import BadInput, GlmError

COMMANDS: Mapping[str, str] = {
    "serve": "the language server (what runs without a command)",
    "explain": "explain a file or some of its lines, as Markdown",
    "edit": "change a file or some of its lines; a diff, or --write",
    "apply": "apply a saved reply of the model; a diff, or --write",
    "context": "show what would be sent, and what was left out",
    "actions": "list the actions, or those that apply at a place",
    "models": "the models the endpoint offers, or one of them in full",
    "login": "keep the API key in the system's keyring",
    "logout": "forget the API key",
    "trust": "let a project's own prompts in .glm/ be used",
    "usage": "tokens, cost and time by day and action",
    "doctor": "check the installation and say what to do",
    "offline": "run the offline stand-in as a server on this machine",
}
"""In the order of the help; each is a module of this room with `add_arguments(parser)` and `run(arguments)`."""

INTERRUPTED = 130
READER_GONE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code. Raises SystemExit as argparse does: 0 for `--help`, 2 for bad usage."""
    _ready_streams()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        with written():
            sys.stdout.flush()
        return code
    except GlmError as error:
        warn(str(error))
        return 2 if isinstance(error, BadInput) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return READER_GONE


def _ready_streams() -> None:
    """Streams that the shell has closed (`>&-`) are empty ones, and what the terminal's encoding does not have is
    shown as `?`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it lives as long as the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _run(argv: list[str]) -> int:
    if argv and argv[0] in ("-h", "--help", "help"):
        say(_help())
        return 0
    if argv and argv[0] in ("-V", "--version"):
        say(f"glm-lsp {__version__}")
        return 0
    name, rest = ("serve", argv) if not argv or argv[0].startswith("-") else (argv[0], argv[1:])
    if name not in COMMANDS:
        raise _unknown(name)
    command = import_module(f"glm_lsp.cli.{name}")
    parser = argparse.ArgumentParser(
        prog=f"glm-lsp {name}",
        description=(command.__doc__ or "").partition("\n\n")[0],
        epilog=(command.__doc__ or "").partition("\n\n")[2],
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    code: int = command.run(parser.parse_args(rest))
    return code


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "GLM 5.1 behind the code-action menu of every editor.",
            "",
            "usage: glm-lsp [command] [options]",
            "",
            *lines,
            "",
            "`glm-lsp COMMAND --help` says more. Every command takes --config FILE and --set KEY=VALUE.",
            "To try it without an API key: --set endpoint.base_url=offline:",
        ]
    )


def _unknown(name: str) -> BadInput:
    from difflib import get_close_matches

    close = get_close_matches(name[:50], COMMANDS, n=1)
    hint = f"Did you mean `glm-lsp {close[0]}`?" if close else "`glm-lsp --help` lists them."
    return BadInput(f"There is no command “{name[:50]}”.", hint)
