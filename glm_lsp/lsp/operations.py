"""One file's part of an edit on the wire, and what proves, besides the text of an open document, that it was done.

Files that are made, moved or deleted are resource operations (LSP 3.18 §resourceChanges): only for clients that declare
them, and never over a file that is there.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.edits import hunks
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.errors import BadInput
from glm_lsp.lsp import convert
from glm_lsp.text.lines import Text, body, with_newlines
from glm_lsp.workspace import files, paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from glm_lsp.edits.proposal import Replacement
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.editor import Answer
    from glm_lsp.text.encoding import Encoding

_NAMES = {"create": "make", "rename": "rename", "delete": "delete"}
_ORDER = ("create", "edit", "rename", "delete")


def unsupported(proposal: Proposal, client: Client) -> str:
    """What `proposal` needs that the client cannot do: "make or delete"; "" if there is nothing."""
    kinds = {file.kind for file in proposal.files} - {"edit"}
    missing = () if client.glm_apply else (kind for kind in _ORDER if kind in kinds - client.resource_operations)
    return " or ".join(_NAMES[kind] for kind in missing)


def steps(wanted: Iterable[FileEdit]) -> list[FileEdit]:
    """The requests it takes, each about one file, in an order in which each can be taken back: what loses most comes
    last. A file that is moved and changed is moved first and then changed, for editors differ in doing both at once."""
    found: list[FileEdit] = []
    for file in sorted(wanted, key=lambda file: _ORDER.index(file.kind)):
        if file.kind == "rename" and file.hunks:
            found.append(replace(file, hunks=(), intended=file.base))
            found.append(replace(file, uri=file.new_uri, kind="edit", new_uri="", version=None))
        else:
            found.append(file)
    return found


def inverse(file: FileEdit) -> FileEdit:
    """The edit that takes `file`, one of `steps`, back; of a document that is not open."""
    if file.kind == "rename":
        return FileEdit(file.new_uri, None, file.base, file.base, (), "rename", file.uri)
    kind = {"create": "delete", "delete": "create"}.get(file.kind, "edit")
    back = () if kind == "delete" else hunks.diff(file.intended, file.base)
    return FileEdit(file.uri, None, file.intended, file.base, back, kind)  # type: ignore[arg-type]  # one of the kinds


def document_changes(file: FileEdit, client: Client) -> list[Any]:
    """`file`, one of `steps`, as `documentChanges`."""
    if file.kind == "rename":
        keeping = types.RenameFileOptions(overwrite=False, ignore_if_exists=False)
        return [types.RenameFile(file.uri, file.new_uri, options=keeping)]
    if file.kind == "delete":
        return [
            types.DeleteFile(file.uri, options=types.DeleteFileOptions(recursive=False, ignore_if_not_exists=False))
        ]
    version = client.sent_version(file.version) if file.version is not None else None
    replacements = hunks.replacements(file.hunks, file.base)
    if file.kind == "create" and client.quirks.lone_line:
        replacements = tuple(replace(one, new=body(one.new)) for one in replacements)
    edits = convert.to_edits(file.base.lines, replacements, client.encoding)
    change = types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(file.uri, version), edits)
    if file.kind == "edit":
        return [change]
    making = types.CreateFile(file.uri, options=types.CreateFileOptions(overwrite=False, ignore_if_exists=False))
    return [making, change] if edits else [making]


def for_our_client(file: FileEdit, encoding: Encoding) -> dict[str, object]:
    """`file`, one of `steps`, as `glm/apply` has it: lines end with `\\n` there, and each edit says what it expects to
    replace (schemas/apply.json)."""
    seen: dict[str, object] = {
        "uri": file.uri,
        "version": file.version,
        "edits": _edits(file, hunks.replacements(file.hunks, file.base), encoding),
    }
    if file.kind == "rename":
        seen["rename"] = file.new_uri
    elif file.kind != "edit":
        seen[file.kind] = True
    return seen


def _edits(file: FileEdit, replacements: Sequence[Replacement], encoding: Encoding) -> list[dict[str, object]]:
    return [
        {
            "range": convert.to_range(file.base.lines, replacement.range, encoding),
            "newText": with_newlines(replacement.new),
            "oldText": with_newlines(file.base.slice(replacement.range)),
        }
        for replacement in replacements
    ]


def done_on_disk(file: FileEdit, answer: Answer | None) -> bool:
    """Whether the disk shows that `file`, one of `steps`, whose document is not open, was done. Blocks.

    A file that is made may hold its text in the editor only, unsaved: then that it is there is believed together with
    the editor's yes.
    """
    path = paths.path_of(file.uri)
    if path is None:
        return False
    match file.kind:
        case "delete":
            return not os.path.lexists(path)
        case "rename":
            new = paths.path_of(file.new_uri)
            return new is not None and os.path.lexists(new) and not os.path.lexists(path)
        case "create":
            return _holds(path, file.intended) or (answer is not None and answer.applied and os.path.lexists(path))
        case "edit":
            return file.version is None and _holds(path, file.intended)


def _holds(path: Path, text: Text) -> bool:
    try:
        return files.read(path) == text.string
    except BadInput:
        return False
