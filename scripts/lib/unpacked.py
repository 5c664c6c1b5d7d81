"""Editors for the tests, unpacked from a newer Debian suite into private folders (see `debian`), once."""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from debian import NotPossible, run, unpack, wrapper

REPOSITORY = Path(__file__).resolve().parents[2]
SUITE = "forky"


@dataclass(frozen=True)
class Editor:
    """An editor: its `name` for people, the `packages` it comes in, and how it is started from their folder.

    `program`, and the values of `environment`, are paths in the packages; `arguments` are the wrapper's. `version` is
    what the tests were written against: the suite may carry a later one, an earlier one will not do. `says` matches
    the version, number by number, in what the program prints for `--version`. `prepare` are the program's arguments
    for a run of its own, once, as a package's installation would do it.
    """

    name: str
    packages: tuple[str, ...]
    program: str
    version: tuple[int, ...]
    says: str
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: str = ""
    prepare: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    """Paths in the packages that must be there besides: an older install may lack them."""

    @property
    def command(self) -> str:
        """The program's name in the folder `bin`."""
        return Path(self.program).name


def main(editor: Editor, folder: str) -> int:
    """Installs `editor` below .cache/editors, or where the command line says, and prints the program's path.

    The exit code: 3 if this machine cannot have it, with one sentence on stderr.
    """
    parser = argparse.ArgumentParser(description=f"Install {editor.name} for the tests into a private folder.")
    parser.add_argument("--prefix", type=Path, default=REPOSITORY / ".cache/editors" / folder)
    prefix = parser.parse_args().prefix.resolve()
    try:
        print(install(editor, prefix))
    except NotPossible as reason:
        print(f"{editor.name} cannot be installed here. {reason}", file=sys.stderr)
        return 3
    return 0


def install(editor: Editor, prefix: Path) -> Path:
    """The path of a program that runs, below `prefix`. Errors: NotPossible."""
    program = prefix / "bin" / editor.command
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{prefix}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = all((prefix / "root" / path).exists() for path in editor.holds)
        if whole and (version(editor, program) or ()) >= editor.version:
            return program
        # Built beside its place and moved there whole: what stands at `prefix` is never half an editor.
        with tempfile.TemporaryDirectory(dir=prefix.parent, prefix=f"{prefix.name}-") as work:
            fresh = Path(work) / "prefix"
            unpack(SUITE, editor.packages, Path(work) / "apt", fresh / "root")
            start = fresh / "bin" / editor.command
            start.parent.mkdir()
            start.write_text(wrapper(fresh / "root", editor.program, editor.environment, editor.arguments))
            start.chmod(0o755)
            found = version(editor, start)
            if found is None:
                raise NotPossible(f"The unpacked {editor.name} does not run on this machine.")
            if found < editor.version:
                raise NotPossible(
                    f"Debian {SUITE} carries {editor.name} {dotted(found)}; {dotted(editor.version)} is needed."
                )
            if found > editor.version:
                moved = f"{editor.name} {dotted(found)} instead of {dotted(editor.version)}: Debian {SUITE} moved on."
                print(moved, file=sys.stderr)
            if editor.prepare:
                run([str(start), *editor.prepare], f"The unpacked {editor.name} could not be prepared.")
            shutil.rmtree(prefix, ignore_errors=True)
            fresh.rename(prefix)
    return program


def version(editor: Editor, program: Path) -> tuple[int, ...] | None:
    """The version `program` says it has, or None if it does not run."""
    with tempfile.TemporaryDirectory() as home:
        try:
            said = subprocess.run(
                [program, "--version"],
                env=os.environ | {"HOME": home, "NVIM_LOG_FILE": os.devnull},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return None
    found = re.search(editor.says, said)
    return tuple(int(number) for number in found.groups()) if found else None


def dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
