"""What the shell does with a proposal: a diff on stdout, or the files themselves. What can be known to fail is found
before the first file is touched; what fails all the same is taken back."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from glm_lsp.cli.terminal import say_exactly, warn
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.errors import BadInput, Failed, NotApplied, TextChanged
from glm_lsp.workspace import files, paths
from glm_lsp.workspace.named import obstacle


def hand_over(proposal: Proposal, folder: Path, *, write_it: bool) -> int:
    """The change as a diff with paths relative to `folder`, or written; what must be known of it on stderr.

    Errors: those of `check` and `write`.
    """
    if not proposal.changes:
        for sentence in proposal.warnings:
            warn(sentence)
        warn("Nothing to change: the text is so already.")
        return 0
    check(proposal, folder)
    for sentence in (*proposal.confirm, *proposal.warnings):
        warn(sentence)
    if write_it:
        for path in write(proposal):
            warn(f"{path} is {'written' if path.exists() else 'deleted'}.")
    else:
        say_exactly(diff(proposal, folder))
    return 0


def diff(proposal: Proposal, folder: Path) -> str:
    """With paths relative to `folder`, as `git apply` and `patch -p1` take them there."""
    from glm_lsp.edits.unified import unified

    def name(uri: str) -> str:
        path = paths.path_of(uri)
        return paths.shown(path, (folder,)).lstrip("/") if path is not None else uri

    return unified(proposal, name)


def check(proposal: Proposal, folder: Path) -> None:
    """Errors: NotApplied if a file is made where none may be, or the same file is changed under two names."""
    real: set[str] = set()
    for file in proposal.files:
        path = _path(file.uri)
        if os.path.realpath(path) in real:
            raise NotApplied(f"{path} would be changed twice, under two names.", "Nothing was changed.")
        real.add(os.path.realpath(path))
        made = _path(file.new_uri) if file.kind == "rename" else path if file.kind == "create" else None
        if made is not None and (why := obstacle(made, (folder,))):
            raise NotApplied(f"{paths.shown(made, (folder,))} {why}.", "Nothing was changed.")


def write(proposal: Proposal) -> list[Path]:
    """The files written, in order: all of them, or none.

    Errors: TextChanged if a file is no longer what was asked about, NotApplied if it cannot be written at all; Failed
    if the disk fails in the middle. Nothing is changed then, or the message says what.
    """
    for file in proposal.files:
        _check(file)
    undo: list[Callable[[], None]] = []
    aside: list[Path] = []
    try:
        # What takes a file away comes last: by then nothing else can fail.
        for file in sorted(proposal.files, key=lambda file: file.kind == "delete"):
            _write(file, undo, aside)
    except (Failed, KeyboardInterrupt) as error:
        wrong = _taken_back(undo)
        if isinstance(error, KeyboardInterrupt) and not wrong:
            raise
        said = error.message if isinstance(error, Failed) else "The command was interrupted."
        raise Failed(said, f"Not all could be taken back. {wrong}" if wrong else "Nothing was changed.") from error
    for path in aside:
        with suppress(OSError):
            path.unlink()
    return [_path(file.new_uri or file.uri) for file in proposal.files]


def _path(uri: str) -> Path:
    path = paths.path_of(uri)
    if path is None:
        raise NotApplied(f"{uri} is not a file on this machine.", "Nothing was changed.")
    return path


def _check(file: FileEdit) -> None:
    made = _path(file.new_uri or file.uri)
    if file.kind in ("create", "rename") and os.path.lexists(made):
        raise NotApplied(f"{made} exists already; it is not overwritten.", "Nothing was changed.")
    if file.kind == "create":
        return
    source = _path(file.uri)
    try:
        same = files.read(source, max(files.MAX_BYTES, 4 * len(file.base.string))) == file.base.string
    except BadInput:
        same = False
    if not same:
        raise TextChanged(f"{source} changed meanwhile.", "Nothing was changed; try again.")


def _write(file: FileEdit, undo: list[Callable[[], None]], aside: list[Path]) -> None:
    """Writes one file, and notes in `undo` how to take that back. A deleted file stands aside until all is done."""
    source, made = _path(file.uri), _path(file.new_uri or file.uri)
    if file.kind == "delete":
        hidden = source.with_name(f".{source.name[:32]}.{secrets.token_hex(4)}")
        _move(source, hidden)
        undo.append(partial(_move, hidden, source))
        aside.append(hidden)
        return
    undo += [partial(_remove_folder, folder) for folder in _missing_folders(made)]
    if file.kind == "rename":
        _move(source, made)
        undo.append(partial(_move, made, source))
    if file.kind == "create":
        files.write(made, file.intended.string)
        undo.append(partial(_remove, made))
    elif file.intended.string != file.base.string:
        files.write(made, file.intended.string)
        undo.append(partial(files.write, made, file.base.string))


def _taken_back(undo: list[Callable[[], None]]) -> str:
    """Undoes what was written, the latest first; what went wrong with that, as sentences."""
    wrong: list[str] = []
    for step in reversed(undo):
        try:
            step()
        except Failed as error:
            wrong.append(error.message)
    return " ".join(wrong)


def _missing_folders(path: Path) -> list[Path]:
    """The folders that will be made for `path`, outermost first."""
    return [folder for folder in reversed(path.parents) if not folder.exists()]


def _move(path: Path, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        path.rename(to)
    except OSError as error:
        raise Failed(f"{path} could not be moved.", "Check its permissions.") from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Failed(f"{path} could not be removed.", "Check its permissions.") from error


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # not made, or somebody else has put something there
        folder.rmdir()
