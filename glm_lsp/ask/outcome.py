"""A reply → what the user gets of it. Reads the files that were sent and are not open; nothing is written here."""

from __future__ import annotations

from contextlib import suppress

from glm_lsp.ask.request import AskRequest
from glm_lsp.context.gather import Context
from glm_lsp.context.receipt import Receipt
from glm_lsp.edits.comment import above
from glm_lsp.edits.proposal import FileEdit, Proposal, Region
from glm_lsp.edits.propose import propose
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.errors import BadInput
from glm_lsp.workspace import paths
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.named import document_at, obstacle
from glm_lsp.workspace.snapshot import Snapshot


def comment(reply: str, context: Context, snapshot: Snapshot, receipt: Receipt) -> Proposal:
    document = context.target.document
    asked = EditRequest(
        documents={document.uri: document},
        region=region_of(context),
        reach="region",
        receipt=receipt,
        paths={document.uri: paths.name_of(document.uri, snapshot.folders)},
        verify=snapshot.settings.edit.verify,
    )
    return above(reply, asked)


def region_of(context: Context) -> Region:
    return Region(context.target.document.uri, *context.target.lines)


def proposed(
    reply: str, request: AskRequest, context: Context, snapshot: Snapshot, receipt: Receipt, *, last: bool
) -> Proposal:
    beyond = request.action.reach == "workspace"
    documents = {request.uri: snapshot.document(request.uri)} | (_sent(receipt, snapshot) if beyond else {})
    # New files are made below the folder the document is in.
    home = paths.folder_of(request.uri, snapshot.folders) if beyond else None
    proposal = propose(
        reply,
        EditRequest(
            documents=documents,
            region=region_of(context),
            reach=request.action.reach,
            receipt=receipt,
            paths={uri: paths.name_of(uri, snapshot.folders) for uri in documents},
            folder=paths.uri_of(home) if home is not None else "",
            asked="blocks" if request.action.in_blocks else "region",
            last=last,
            verify=snapshot.settings.edit.verify,
        ),
    )
    for file in proposal.files:
        _check_new(file, snapshot)
    return proposal


def _sent(receipt: Receipt, snapshot: Snapshot) -> dict[str, OpenDocument]:
    """The files below the workspace folders that were sent, as they are in the editor, else on disk. One that can no
    longer be read was not given, as far as an edit goes."""
    documents: dict[str, OpenDocument] = {}
    for uri in sorted(receipt.files):
        path = paths.path_of(uri)
        if path is None or paths.inside(path, snapshot.folders) is None:
            continue
        with suppress(BadInput):
            documents[uri] = snapshot.documents.get(uri) or document_at(path)
    return documents


def _check_new(file: FileEdit, snapshot: Snapshot) -> None:
    """Errors: ReplyUnusable if the file would be made outside the workspace, or over another."""
    new = file.new_uri if file.kind == "rename" else file.uri if file.kind == "create" else ""
    path = paths.path_of(new) if new else None
    if path is None:
        return
    if why := "is open in the editor" if new in snapshot.documents else obstacle(path, snapshot.folders):
        shown = paths.shown(path, snapshot.folders)
        raise unusable("it makes a file where none can be made", f"`{shown}` {why}. Choose another name or place.")
