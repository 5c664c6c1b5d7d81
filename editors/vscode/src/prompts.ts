// A project's own prompts: what lies in its folder `.glm` goes into requests once the user trusts it.

import * as vscode from 'vscode';

import type { Server } from './server';

const TRUST = 'Trust';
const LOOK = 'Look at Them';
const REVOKE = "Don't Trust";

export async function trustPrompts(server: Server): Promise<void> {
  const folder = await chosen();
  if (folder === undefined) {
    return;
  }
  const found = await prompts(folder);
  if (!found.length) {
    void vscode.window.showInformationMessage(`GLM: ${folder.name} has no prompts of its own in .glm.`);
    return;
  }
  const names = found.map((uri) => vscode.workspace.asRelativePath(uri, false)).join('\n');
  const answer = await vscode.window.showInformationMessage(
    `Trust the prompts of ${folder.name}?`,
    { modal: true, detail: `What they say becomes part of what is asked of the model, until they change:\n${names}` },
    TRUST,
    LOOK,
    REVOKE,
  );
  if (answer === LOOK) {
    for (const uri of found) {
      await vscode.window.showTextDocument(uri, { preview: false });
    }
  } else if (answer) {
    await server.execute('glm.trust', { folder: server.uri(folder), trust: answer === TRUST });
  }
}

async function chosen(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    return vscode.window.showWorkspaceFolderPick();
  }
  if (!folders.length) {
    void vscode.window.showInformationMessage('GLM: open a folder; its prompts are what is trusted.');
  }
  return folders[0];
}

async function prompts(folder: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  const pattern = new vscode.RelativePattern(folder, '.glm/{rules.md,actions/*.md}');
  return (await vscode.workspace.findFiles(pattern, null)).sort();
}
