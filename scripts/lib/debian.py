"""Programs of a newer Debian suite, unpacked into a private folder: nothing on the host is installed or changed.

A private apt root asks the mirror that the host's own apt uses, checks it with the host's Debian keyring, and downloads
a package with everything it depends on, the C library included. The archives are unpacked side by side; a program in
them is started through that suite's own loader, so that it never meets the host's older libraries, and the programs it
starts itself (shells, language servers) never meet the newer ones. What only misses on the host comes from the host's
own suite (`unpack_missing`), and runs with the host's libraries beside its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

APT_CONFIGURATION = """\
Dir "{root}";
Dir::State::status "{root}/var/lib/dpkg/status";
APT::Sandbox::User "{user}";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
// The host's hooks tidy the host's own caches, which are none of our business.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
"""

HOST_CONFIGURATION = """\
Dir::State::Lists "{work}/lists";
Dir::Cache "{work}/cache";
Debug::NoLocking "true";
APT::Sandbox::User "{user}";
APT::Install-Recommends "false";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
"""


class NotPossible(Exception):
    """This machine lacks something; `str()` is the sentence that says what."""


def unpack(suite: str, packages: Sequence[str], work: Path, root: Path) -> None:
    """Download `packages` of `suite` with what they depend on below `work`, and unpack all into the new folder `root`.

    Errors: NotPossible if a tool, the keyring or the mirror is missing.
    """
    need_tools(packages[0])
    if not KEYRING.is_file():
        raise NotPossible(f"{KEYRING} is missing: install the package debian-archive-keyring.")
    apt = private_apt(suite, mirror(work), work)
    run([*apt, "update"], f"The package lists of Debian {suite} could not be fetched.")
    trouble = f"{packages[0]} could not be fetched from Debian {suite}."
    run([*apt, "install", "--yes", "--download-only", *packages], trouble)
    extract_all(work / "var/cache/apt/archives", root)


def unpack_missing(packages: Sequence[str], work: Path, root: Path) -> None:
    """Download what the host lacks of `packages` and of what they depend on, by the host's own apt sources, below
    `work`, and unpack all into the new folder `root`. What is there is run with `library_path`.

    Errors: NotPossible if a tool or the mirror is missing.
    """
    need_tools(packages[0])
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    configuration = work / "apt.conf"
    configuration.write_text(HOST_CONFIGURATION.format(work=work, user="root" if os.geteuid() == 0 else ""))
    apt = ["apt-get", "--quiet=2", "--config-file", str(configuration)]
    run([*apt, "update"], "The package lists of Debian could not be fetched.")
    run([*apt, "install", "--yes", "--download-only", *packages], f"{packages[0]} could not be fetched from Debian.")
    extract_all(work / "cache/archives", root)


def library_path(root: Path) -> str:
    """The value of LD_LIBRARY_PATH for a program below `root`, where `$root` stands for it."""
    folders = {file.parent for place in ("lib", "usr/lib") for file in (root / place).glob("*-linux-gnu/**/lib*.so*")}
    return ":".join(f"$root/{folder.relative_to(root)}" for folder in sorted(folders))


def need_tools(package: str) -> None:
    for tool in ("apt-get", "dpkg-deb", "tar"):
        if shutil.which(tool) is None:
            raise NotPossible(f"{tool} is missing: {package} can only be installed on Debian or one of its children.")


def extract_all(archives: Path, root: Path) -> None:
    root.mkdir(parents=True)
    for archive in sorted(archives.glob("*.deb")):
        extract(archive, root)


def mirror(work: Path) -> str:
    """The address the host's apt fetches Debian itself from (not its security updates)."""
    lists = work / "no-lists"
    (lists / "partial").mkdir(parents=True)
    listed = run(
        ["apt-get", "-o", f"Dir::State::lists={lists}", "update", "--print-uris"],
        "The host's apt sources are unusable.",
    )
    codename = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    found = codename and re.search(rf"^'(\S+?)/dists/{codename[1]}/InRelease'", listed, re.MULTILINE)
    if not found:
        raise NotPossible("No Debian mirror stands in the host's apt sources.")
    return found[1]


def private_apt(suite: str, address: str, work: Path) -> list[str]:
    """The apt-get command that knows `suite` alone and keeps everything below `work`."""
    for folder in (
        "etc/apt/apt.conf.d",
        "etc/apt/preferences.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/lib/dpkg",
    ):
        (work / folder).mkdir(parents=True)
    (work / "var/lib/dpkg/status").touch()
    (work / "etc/apt/sources.list").write_text(f"deb [signed-by={KEYRING}] {address} {suite} main\n")
    configuration = work / "apt.conf"
    # apt drops its rights to this user while it downloads, and the private folder is ours alone.
    user = "root" if os.geteuid() == 0 else ""
    configuration.write_text(APT_CONFIGURATION.format(root=work, user=user))
    return ["apt-get", "--quiet=2", "--config-file", str(configuration)]


def extract(archive: Path, root: Path) -> None:
    """Unpack one .deb. The suite merges /lib into /usr/lib by links, which archives must not replace by folders."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as source:
        run(
            ["tar", "--extract", "--directory", str(root), "--keep-directory-symlink"],
            f"{archive.name} could not be unpacked.",
            source,
        )


def wrapper(root: Path, program: str, environment: Mapping[str, str], arguments: str = "") -> str:
    """A shell script for `root/../bin/NAME` that starts `program` (a path below `root`) through the suite's loader.

    The values of `environment` are paths below `root` too, or patterns of them. `arguments` go before those of the
    caller, quoted for the shell; `$root` in them is the folder.
    """
    loader = only(root, "usr/lib*/ld-linux*.so.*")
    library = only(root, "usr/lib/*/libc.so.6").parent
    lines = [
        "#!/bin/sh",
        'root=$(dirname "$(dirname "$(readlink -f "$0")")")/root',
        *(f'export {name}="$root/{only(root, path).relative_to(root)}"' for name, path in environment.items()),
        f'exec "$root/{loader.relative_to(root)}" --argv0 "$root/{program}" \\',
        f'  --library-path "$root/{library.relative_to(root)}" "$root/{program}" {arguments} "$@"',
    ]
    return "\n".join(lines) + "\n"


def only(root: Path, pattern: str) -> Path:
    found = sorted(root.glob(pattern))
    if not found:
        raise NotPossible(f"The unpacked packages hold no {pattern}.")
    return found[0]


def run(command: list[str], trouble: str, source: subprocess.Popen[bytes] | None = None) -> str:
    """The output of `command`. Errors: NotPossible with `trouble` and the last line the command wrote about it."""
    done = subprocess.run(
        command,
        stdin=source.stdout if source else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )
    if done.returncode:
        complaint = done.stderr.strip().splitlines()
        raise NotPossible(f"{trouble} {complaint[-1] if complaint else ''}".strip())
    return done.stdout
