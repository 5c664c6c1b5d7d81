"""A session through pytest-lsp, whose checks of the specification are warnings, and warnings are errors here."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import converters, types
from pytest_lsp import ClientServerConfig, LanguageClient
from scripted_editor import CLIENTS
from test_e2e_actions import AFTER, BEFORE, LINE

SERVER = ClientServerConfig(
    server_command=[sys.executable, "-m", "glm_lsp", "serve", "--set", "endpoint.base_url=offline:"],
    server_env={**os.environ},
)


@pytest_lsp.fixture(params=["vscode", "nvim", "helix"], config=SERVER)  # type: ignore[untyped-decorator]  # untyped there
async def client(request: pytest.FixtureRequest, lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    captured = {**CLIENTS[request.param], "processId": os.getpid(), "rootUri": tmp_path.as_uri()}
    captured["workspaceFolders"] = [{"uri": tmp_path.as_uri(), "name": "project"}]
    params = converters.get_converter().structure(captured, types.InitializeParams)
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)  # pytest-lsp has no answer of its own
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert SERVER.server_env is not None
    SERVER.server_env["GLM_LSP_STATE"] = str(tmp_path_factory.mktemp("state"))


@pytest.mark.asyncio
async def test_menu_edit_and_progress_keep_to_what_the_client_declared(client: LanguageClient, tmp_path: Path) -> None:
    uri = (tmp_path / "a.py").as_uri()
    edited: asyncio.Future[types.ApplyWorkspaceEditParams] = asyncio.get_running_loop().create_future()

    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        edited.set_result(params)
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=2, uri=uri),
                [types.TextDocumentContentChangeWholeDocument(AFTER)],
            )
        )
        return types.ApplyWorkspaceEditResult(applied=True)

    client.feature(types.WORKSPACE_APPLY_EDIT)(apply)
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri=uri, language_id="python", version=1, text=BEFORE))
    )
    here = types.Range(types.Position(LINE, 0), types.Position(LINE, 0))
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), here, types.CodeActionContext([]))
    )
    assert actions
    argument = {
        "action": "refactor",
        "uri": uri,
        "version": 1,
        "range": {"start": {"line": LINE, "character": 0}, "end": {"line": LINE, "character": 0}},
    }
    await client.workspace_execute_command_async(types.ExecuteCommandParams("glm.run", [argument]))
    params = await asyncio.wait_for(edited, 20)
    (change,) = params.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
