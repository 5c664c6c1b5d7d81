"""Apply a saved reply of the model, as the server would. Without --write nothing is touched: a unified diff.

The files it may change are those below --root that are not ignored. With --file a reply that is one fence is the new
text of that file, or of its lines A to B; a file that does not exist yet is made. --write changes the files, and
confirms what would be asked about; then all of the reply is written or nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.cli import place
from glm_lsp.cli.question import folder_of
from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import warn
from glm_lsp.cli.write import hand_over
from glm_lsp.errors import BadInput, Refused, ReplyCut, ReplyUnusable
from glm_lsp.text.lines import Text
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from glm_lsp.edits.proposal import Proposal, Region
    from glm_lsp.reply.blocks import Reply
    from glm_lsp.settings import Settings
    from glm_lsp.workspace.documents import OpenDocument

STDIN = "-"
TO_DO = "Mend the reply or ask again; --file says which file it is for if it does not."
MOST_BYTES = 16_000_000
"""Of a reply, and of a file named with --file."""


@dataclass(frozen=True, slots=True)
class Given:
    """The file of --file, its path below the root, and the lines it means. `new`: it does not exist yet."""

    document: OpenDocument
    path: str
    region: Region
    new: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reply", metavar="REPLY|-", help="the file with the reply; - reads it from stdin")
    parser.add_argument("--root", type=Path, metavar="DIR", help="the folder whose files it may change (this one)")
    parser.add_argument(
        "--file", metavar="PATH[:A-B]", help="the file, or its lines, that one fence without a name is for"
    )
    parser.add_argument("--write", action="store_true", help="change the files, and confirm what would be asked about")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    root = _root(arguments.root, arguments.file)
    given = _given(arguments.file, root) if arguments.file else None
    proposal = _proposed(_text(arguments.reply), given, root, settings)
    return hand_over(proposal, root, write_it=arguments.write)


def _proposed(reply: str, given: Given | None, root: Path, settings: Settings) -> Proposal:
    """Errors: Refused, after a line for each file that the reply names and that could not be read."""
    from glm_lsp.context.receipt import Receipt
    from glm_lsp.edits.propose import propose
    from glm_lsp.edits.request import EditRequest
    from glm_lsp.reply.parse import parse
    from glm_lsp.workspace import ignore
    from glm_lsp.workspace.named import named

    rules = ignore.rules((root,), settings.privacy.ignore, settings.privacy.allow)
    found = named(frozenset(_names(parse(reply))), root, rules)
    if given is not None:
        found.documents[given.document.uri] = given.document
        found.paths[given.document.uri] = given.path
        found.unread.pop(given.path, None)
    try:
        proposal = propose(
            reply,
            EditRequest(
                documents=found.documents,
                region=given.region if given else None,
                reach="workspace",
                receipt=Receipt(files=frozenset(found.documents)),
                paths=found.paths,
                taken=frozenset(found.unread),
                folder=paths.uri_of(root),
                asked="region" if given else "blocks",
                verify=settings.edit.verify,
                last=True,
            ),
        )
    except ReplyUnusable as error:
        for sentence in found.unread.values():
            warn(sentence)
        if isinstance(error, ReplyCut):
            raise
        raise ReplyUnusable(error.message, f"{error.next} {TO_DO}", problem=error.problem) from error
    return _making(proposal, given) if given is not None and given.new else proposal


def _names(said: Reply) -> Iterator[str]:
    """Everything in the reply that may be the name of a file."""
    for block in said.blocks:
        yield from block.names
        yield block.new_name
    for fence in said.fences:
        yield fence.info
        yield from fence.names


def _making(proposal: Proposal, given: Given) -> Proposal:
    """`proposal`, in which the file of --file is made and not changed."""
    made = [file for file in proposal.files if file.uri == given.document.uri]
    if any(file.kind != "edit" for file in made):
        raise ReplyUnusable(f"The reply was not used: {given.path} does not exist.", "Nothing was changed.")
    return replace(
        proposal,
        files=tuple(replace(file, kind="create") if file in made else file for file in proposal.files),
        confirm=(*(f"It creates {given.path}." for _ in made), *proposal.confirm),
    )


def _text(reply: str) -> str:
    """Errors: BadInput if there is no such file, Refused if what is in it is not text."""
    if reply == STDIN:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        path = Path(reply)
        if not path.exists() or path.is_dir():
            raise BadInput(f"{reply} {'is a folder' if path.is_dir() else 'does not exist'}.")
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{reply} cannot be read.", "Check its permissions.") from error
    if len(data) > MOST_BYTES:
        raise Refused(f"The reply is larger than {MOST_BYTES:,} bytes.", "Nothing was changed.")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Refused("The reply is not UTF-8 text.", "Nothing was changed.") from error


def _root(root: Path | None, file: str | None) -> Path:
    """The folder below which files are changed, without links: --root, else this one, else the project of --file."""
    here = Path(os.path.realpath("."))
    if root is not None:
        if not root.is_dir():
            raise BadInput(f"{root} is not a folder.")
        return Path(os.path.realpath(root))
    if file is not None and paths.inside(place.parse(file).file, (here,)) is None:
        return Path(os.path.realpath(folder_of(place.parse(file).file)))
    return here


def _given(written: str, root: Path) -> Given:
    """A relative path is one from here if there is such a file below the root, else one from the root."""
    from glm_lsp.edits.proposal import Region
    from glm_lsp.syntax.languages import of_suffix
    from glm_lsp.workspace.documents import OpenDocument
    from glm_lsp.workspace.named import ON_DISK, document_at

    where = place.Place(Path(written)) if (root / written).exists() else place.parse(written)
    below = [path for path in (where.file, root / where.file) if paths.inside(path, (root,)) is not None]
    if not below:
        raise BadInput(f"{where.file} is not below {root}.", "Give its project's folder with --root.")
    found = next((path for path in below if path.exists()), below[0])
    if found.is_dir():
        raise BadInput(f"{found} is a folder.")
    # Spelled as the list of the root's files spells it, so that the file is one however it is named.
    path = Path(os.path.realpath(found.parent)) / found.name
    new = not path.exists()
    if new and where.first is not None:
        raise BadInput(f"{found} does not exist, so it has no line {where.first}.")
    try:
        document = (
            OpenDocument(paths.uri_of(path), of_suffix(path.suffix), ON_DISK, Text.of(""))
            if new
            else document_at(path, MOST_BYTES)
        )
    except BadInput as error:
        raise Refused(error.message, error.next) from error
    where.span(document.text)
    count = len(document.text.lines) - (not document.text.lines[-1])
    first, last = (0, count) if where.first is None else (where.first - 1, where.last or where.first)
    return Given(document, path.relative_to(root).as_posix(), Region(document.uri, first, last), new)
