"""git, started so that nothing a repository brings is run.

A repository's own settings may name programs: to watch its files (`core.fsmonitor`), and to fetch what is missing of a
partial clone, which merely listing files can set off. Whoever unpacks an archive has such settings on his disk.

    found() -> str | None                          the program
    command(git, folder, *arguments) -> list[str]  a question to it, asked in `folder`
    surroundings() -> dict[str, str]               the environment to ask in
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from glm_lsp.workspace.surroundings import without_keys

_KEPT = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
"""The user's settings count, whatever else a hook or a shell has set for another repository."""


def found() -> str | None:
    """Where `PATH` says git is. Its relative folders (`.`, `node_modules/.bin`) are not looked into: they are the
    project's, for an editor starts us there."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which("git", path=os.pathsep.join(filter(os.path.isabs, folders)))


def command(git: str, folder: Path, *arguments: str) -> list[str]:
    # Who owns the repository does not matter, for nothing in it is run or written.
    return [git, "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "safe.directory=*", *arguments]


def surroundings() -> dict[str, str]:
    environment = without_keys(os.environ)
    environment = {name: value for name, value in environment.items() if name in _KEPT or not name.startswith("GIT_")}
    # GIT_NO_LAZY_FETCH is of 2024 (CVE-2024-32004); an older git obeys the list of protocols.
    return environment | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }
