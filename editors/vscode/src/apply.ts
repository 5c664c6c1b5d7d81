// `glm/apply`: an edit of the server's, made here, wholly or not at all. VS Code's own `workspace/applyEdit` compares
// versions of open documents only; this compares version and text of every file, and says truthfully what became of it.

import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

import type { Applied, Apply, File } from './job';

const APPLY = 'Apply';

/** A reason not to. */
class Refusal extends Error {}

export async function apply(client: LanguageClient, wanted: Apply): Promise<Applied> {
  if (wanted.confirm?.length) {
    const answer = await vscode.window.showWarningMessage(
      `${wanted.label}?`,
      { modal: true, detail: wanted.confirm.join('\n') },
      APPLY,
    );
    if (answer !== APPLY) {
      return { applied: false, reason: 'discarded' };
    }
  }
  try {
    const documents = new Map<File, vscode.TextDocument>();
    for (const file of wanted.files) {
      if (!file.create) {
        documents.set(file, await vscode.workspace.openTextDocument(client.protocol2CodeConverter.asUri(file.uri)));
      }
    }
    // Nothing is awaited from here to the edit: it is made of the texts that were compared. VS Code compares the
    // versions of these documents once more when it applies it.
    const edit = new vscode.WorkspaceEdit();
    for (const file of wanted.files) {
      add(edit, client, file, documents.get(file));
    }
    const applied = await vscode.workspace.applyEdit(edit);
    return applied ? { applied } : { applied, reason: 'the text changed' };
  } catch (error) {
    return { applied: false, reason: error instanceof Refusal ? error.message : 'VS Code could not open the file' };
  }
}

function add(
  edit: vscode.WorkspaceEdit,
  client: LanguageClient,
  file: File,
  document: vscode.TextDocument | undefined,
): void {
  const uri = client.protocol2CodeConverter.asUri(file.uri);
  if (document === undefined) {
    const contents = Buffer.from(file.edits.map((one) => one.newText).join(''), 'utf8');
    edit.createFile(uri, { overwrite: false, ignoreIfExists: false, contents });
    return;
  }
  if (file.version !== null && file.version !== document.version) {
    throw new Refusal('the text changed');
  }
  for (const one of file.edits) {
    const range = client.protocol2CodeConverter.asRange(one.range);
    if (!document.validateRange(range).isEqual(range) || lines(document.getText(range)) !== one.oldText) {
      throw new Refusal('the text changed');
    }
    edit.replace(uri, range, one.newText);
  }
  if (file.rename !== undefined) {
    edit.renameFile(uri, client.protocol2CodeConverter.asUri(file.rename), { overwrite: false });
  } else if (file.delete) {
    if (document.isDirty) {
      throw new Refusal('the file has unsaved changes');
    }
    edit.deleteFile(uri);
  }
}

/** With `\n` at the end of each line, as the server writes them. */
function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
