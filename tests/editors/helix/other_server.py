"""A language server of the user's own, as far as the code action menu goes: it stands before ours in Helix's list."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("other", "1")


@server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
    return [
        types.CodeAction("Other: extract", types.CodeActionKind.RefactorExtract, edit=types.WorkspaceEdit()),
        types.CodeAction("Other: fix", types.CodeActionKind.QuickFix, edit=types.WorkspaceEdit()),
    ]


server.start_io()
