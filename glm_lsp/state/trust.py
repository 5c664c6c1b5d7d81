"""Whether a project's own prompts may be used.

Trust is given to the exact bytes of `.glm/rules.md` and `.glm/actions/*.md`: what is used is what was hashed, and any
change, even one that puts nothing new in, is asked about again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from glm_lsp.errors import Refused
from glm_lsp.state import place

MAX_FILES = 200
MAX_BYTES = 256 * 1024
"""Of one file. Prompts are sent with every request; these are far larger than any that is meant well."""
MAX_TOGETHER = 2 * 1024 * 1024
"""Bytes of all of them: they are read at every question."""

UNUSED = "The built-in prompts are used."

Standing = Literal["nothing", "trusted", "refused", "new", "changed"]
"""`nothing`: the project has no prompts; `new`: never asked about; `changed`: not what was decided about."""


def prompts(folder: Path, *, links: bool = False) -> Mapping[str, bytes]:
    """The files trust is about, by their path below `.glm` (`rules.md`, `actions/x.md`). Links are not followed, for
    they could make any file of the user's a prompt; `links`: the folder is the user's own, who may keep them elsewhere.

    Errors: Refused if there are too many, or they are too large.
    """
    glm = folder / ".glm"
    names = ["rules.md"] if _is_folder(glm, links) else []
    if names and _is_folder(glm / "actions", links):
        try:
            entries = sorted(entry.name for entry in os.scandir(glm / "actions") if entry.name.endswith(".md"))
        except OSError:
            entries = []
        names += [f"actions/{name}" for name in entries]
    if len(names) > MAX_FILES:
        raise Refused(f"{glm} holds more than {MAX_FILES} prompts.", UNUSED)
    found: dict[str, bytes] = {}
    room = MAX_TOGETHER
    for name in names:
        text = _read(glm / name, links)
        if text is None:
            continue
        room -= len(text)
        if room < 0:
            raise Refused(f"The prompts in {glm} are larger than {MAX_TOGETHER >> 20} MB.", UNUSED)
        found[name] = text
    return found


def fingerprint(found: Mapping[str, bytes]) -> str:
    """One hash over names and bytes; no two sets of files share it by being cut differently."""
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(f"{len(name.encode('utf-8', 'surrogateescape'))}:{len(found[name])}:".encode())
        digest.update(name.encode("utf-8", "surrogateescape") + found[name])
    return digest.hexdigest()


def standing(state: Path, folder: Path, found: Mapping[str, bytes]) -> Standing:
    """What was decided about the prompts `found` in `folder`."""
    if not found:
        return "nothing"
    path = folder.resolve()
    entry = place.read_json(_note(state, path))
    if entry.get("folder") != str(path):
        return "new"
    if entry.get("fingerprint") != fingerprint(found):
        return "changed"
    return "trusted" if entry.get("trusted") is True else "refused"


def decide(state: Path, folder: Path, found: Mapping[str, bytes], *, trusted: bool) -> None:
    """Remember the answer about exactly these prompts."""
    path = folder.resolve()
    place.write_json(_note(state, path), {"folder": str(path), "fingerprint": fingerprint(found), "trusted": trusted})


def revoke(state: Path, folder: Path) -> None:
    """Trust `folder` no longer, whatever its prompts are now; they are not asked about until they change."""
    try:
        found = prompts(folder)
    except Refused:
        found = {}
    decide(state, folder, found, trusted=False)


def _note(state: Path, path: Path) -> Path:
    return place.folder(state, "trust") / f"{place.name_of(str(path))}.json"


def _is_folder(path: Path, links: bool) -> bool:
    try:
        return stat.S_ISDIR((path.stat() if links else path.lstat()).st_mode)
    except OSError:
        return False


def _read(path: Path, links: bool) -> bytes | None:
    flags = os.O_RDONLY | os.O_NONBLOCK | (0 if links else os.O_NOFOLLOW)
    try:
        with os.fdopen(os.open(path, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return None
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        return None
    if len(data) > MAX_BYTES:
        raise Refused(f"{path} is larger than {MAX_BYTES // 1024} kB.", UNUSED)
    return data
