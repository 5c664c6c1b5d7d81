"""The main job, run through a real LSP session: code actions, Explain, Refactor, on a copy of examples/sample.

Started by `scripts/demo`. The client is pygls's own; everything on the wire is what an editor would see.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cattrs import Converter
from lsprotocol import converters, types
from pygls.lsp.client import LanguageClient

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "examples" / "sample"
FILE, FUNCTION = "invoice.py", "status"
PATIENCE = 330
"""Seconds: a little more than the server gives the model."""


def converter() -> Converter:
    """lsprotocol's converter, mended: it takes every code action that has a command for a bare command."""
    made = converters.get_converter()
    made.register_structure_hook(
        types.Command | types.CodeAction,
        lambda value, _: made.structure(
            value, types.Command if isinstance(value.get("command"), str) else types.CodeAction
        ),
    )
    return made


class Editor:
    """The least an editor does: it holds one document, applies edits to it, and shows what it is told."""

    def __init__(self, path: Path) -> None:
        self.uri = path.as_uri()
        self.text = path.read_text("utf-8")
        self.version = 1
        self.ended = asyncio.Event()
        self.shown: list[Path] = []
        self.failed = False
        self.client = LanguageClient("glm-lsp-demo", "1", converter_factory=converter)
        self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda _: None)
        self.client.feature(types.PROGRESS)(lambda params: self.progress(params))
        self.client.feature(types.WINDOW_SHOW_DOCUMENT)(lambda params: self.show_document(params))
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.show_message(params))
        self.client.feature(types.WORKSPACE_APPLY_EDIT)(lambda params: self.apply_edit(params))

    def progress(self, params: types.ProgressParams) -> None:
        value = params.value
        kind, title, message = (
            value.get(name) if isinstance(value, dict) else getattr(value, name, None)
            for name in ("kind", "title", "message")
        )
        print(f"  · {title + ': ' if title else ''}{message or kind}", flush=True)
        if kind == "end":
            self.ended.set()

    def show_document(self, params: types.ShowDocumentParams) -> types.ShowDocumentResult:
        from urllib.parse import unquote, urlsplit

        self.shown.append(Path(unquote(urlsplit(params.uri).path)))
        return types.ShowDocumentResult(success=True)

    def show_message(self, params: types.ShowMessageParams) -> None:
        print(f"  ! {params.message}", flush=True)
        self.failed = self.failed or params.type in (types.MessageType.Error, types.MessageType.Warning)

    def apply_edit(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        changes = params.edit.document_changes or []
        for change in changes:
            if not isinstance(change, types.TextDocumentEdit) or change.text_document.version != self.version:
                return types.ApplyWorkspaceEditResult(applied=False, failure_reason="the document has changed")
            edits = [edit for edit in change.edits if isinstance(edit, types.TextEdit)]
            for edit in sorted(
                edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True
            ):
                start, end = self.offset(edit.range.start), self.offset(edit.range.end)
                self.text = self.text[:start] + edit.new_text + self.text[end:]
        self.version += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri),
                [types.TextDocumentContentChangeWholeDocument(self.text)],
            )
        )
        return types.ApplyWorkspaceEditResult(applied=True)

    def offset(self, position: types.Position) -> int:
        lines = self.text.split("\n")
        return sum(len(line) + 1 for line in lines[: position.line]) + position.character

    async def run(self, action: types.CodeAction | types.Command) -> bool:
        command = action.command if isinstance(action, types.CodeAction) else action
        assert isinstance(command, types.Command)
        self.ended.clear()
        self.failed = False
        await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command.command, command.arguments)
        )
        async with asyncio.timeout(PATIENCE):
            await self.ended.wait()
        return not self.failed


async def demonstrate(folder: Path, state: Path) -> int:
    path = folder / FILE
    online = bool(os.environ.get("OXEN_API_KEY"))
    print(
        "Asking GLM 5.1 (OXEN_API_KEY is set)."
        if online
        else "Asking the offline stand-in: no OXEN_API_KEY is set, so the answers come from rules, not from GLM 5.1."
    )
    editor = Editor(path)
    before = editor.text
    arguments = [] if online else ["--set", "endpoint.base_url=offline:"]
    environment = {**os.environ, "GLM_LSP_STATE": str(state)}
    await editor.client.start_io(
        str(Path(sys.executable).parent / "glm-lsp"), "serve", "--stdio", *arguments, env=environment
    )
    await editor.client.initialize_async(
        types.InitializeParams(
            process_id=os.getpid(),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name=folder.name)],
            capabilities=types.ClientCapabilities(
                general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf32]),
                window=types.WindowClientCapabilities(
                    work_done_progress=True, show_document=types.ShowDocumentClientCapabilities(support=True)
                ),
                workspace=types.WorkspaceClientCapabilities(
                    apply_edit=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
                ),
                text_document=types.TextDocumentClientCapabilities(
                    code_action=types.CodeActionClientCapabilities(
                        code_action_literal_support=types.ClientCodeActionLiteralOptions(
                            types.ClientCodeActionKindOptions([types.CodeActionKind.Refactor])
                        )
                    )
                ),
            ),
        )
    )
    editor.client.initialized(types.InitializedParams())
    editor.client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(uri=editor.uri, language_id="python", version=editor.version, text=editor.text)
        )
    )
    line = next(number for number, text in enumerate(before.split("\n")) if text.startswith(f"def {FUNCTION}("))
    position = types.Position(line, 4)
    print(f"\nCode actions of `{FUNCTION}`, line {line + 1} of {FILE}:")
    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri),
            types.Range(position, position),
            types.CodeActionContext(diagnostics=[], trigger_kind=types.CodeActionTriggerKind.Invoked),
        )
    )
    by_title = {action.title: action for action in actions or []}
    for title in by_title:
        print(f"  {title}")

    print("\nGLM: Explain")
    explained = await editor.run(by_title["GLM: Explain"]) and bool(editor.shown)
    if explained:
        print()
        print(editor.shown[-1].read_text("utf-8").strip())

    print("\nGLM: Refactor")
    refactored = await editor.run(by_title["GLM: Refactor"]) and editor.text != before
    print()
    print("".join(difflib.unified_diff(before.splitlines(True), editor.text.splitlines(True), FILE, f"{FILE} (GLM)")))

    await editor.client.shutdown_async(None)
    editor.client.exit(None)
    await editor.client.stop()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
    if explained and refactored:
        return 0
    print("The demo did not get through; the messages above say why.", file=sys.stderr)
    return 1


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="glm-lsp-demo-") as place:
        folder = Path(place) / "sample"
        shutil.copytree(SAMPLE, folder)
        return asyncio.run(demonstrate(folder, Path(place) / "state"))


if __name__ == "__main__":
    sys.exit(main())
