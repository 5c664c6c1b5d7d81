"""Writing a proposal to files. What can be known to fail is found before the first file is touched."""

from __future__ import annotations

from pathlib import Path

from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.errors import BadInput, Failed, NotApplied, TextChanged
from glm_lsp.workspace import files, paths


def write(proposal: Proposal) -> list[Path]:
    """The files written, in order.

    Errors: TextChanged if a file is no longer what was asked about, NotApplied if it cannot be written at all (nothing
    is touched then); Failed with the names of those already written, if the disk fails in the middle.
    """
    targets = [_target(file) for file in proposal.files]
    for file, path in zip(proposal.files, targets, strict=True):
        _check(file, path)
    written: list[Path] = []
    for file, path in zip(proposal.files, targets, strict=True):
        try:
            _write(file, path)
        except Failed as error:
            done = f" {', '.join(map(str, written))} had been written before." if written else " Nothing was written."
            raise Failed(error.message + done, error.next) from error
        written.append(path)
    return written


def _target(file: FileEdit) -> Path:
    path = paths.path_of(file.new_uri or file.uri)
    if path is None:
        raise NotApplied(f"{file.new_uri or file.uri} is not a file on this machine.")
    return path


def _check(file: FileEdit, path: Path) -> None:
    if file.kind in ("create", "rename") and path.exists():
        raise NotApplied(f"{path} exists already; it is not overwritten.")
    source = paths.path_of(file.uri)
    if file.kind == "create" or source is None:
        return
    try:
        same = files.read(source) == file.base.string
    except BadInput:
        same = False
    if not same:
        raise TextChanged(f"{source} changed while the model was asked.", "Ask again.")


def _write(file: FileEdit, path: Path) -> None:
    if file.kind != "delete":
        files.write(path, file.intended.string)
    if file.kind in ("delete", "rename"):
        source = paths.path_of(file.uri)
        try:
            if source is not None:
                source.unlink()
        except OSError as error:
            raise Failed(f"{source} could not be removed.", "Check its permissions.") from error
