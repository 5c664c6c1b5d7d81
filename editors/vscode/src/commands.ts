// The commands of the palette: what a menu item cannot ask, and what serves the extension itself. One that needs a
// command of the server is there when the server serves it.

import * as vscode from 'vscode';

import type { ApiKey } from './key';
import type { Server } from './server';
import { SECTION } from './settings';

interface Command {
  /** The server's command it stands on. */
  readonly needs?: string;
  run(server: Server, key: ApiKey): unknown;
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'glmLsp.edit': { needs: 'glm.run', run: edit },
  'glmLsp.refactor': { needs: 'glm.run', run: (server) => run(server, 'refactor') },
  'glmLsp.explain': { needs: 'glm.run', run: (server) => run(server, 'explain') },
  'glmLsp.undo': { needs: 'glm.undo', run: (server) => server.execute('glm.undo', {}) },
  'glmLsp.cancel': { needs: 'glm.cancel', run: (server) => server.execute('glm.cancel', {}) },
  'glmLsp.setApiKey': { run: setApiKey },
  'glmLsp.removeApiKey': { run: removeApiKey },
  'glmLsp.chooseServer': { run: chooseServer },
  'glmLsp.restart': { run: (server) => server.restart() },
  'glmLsp.showLog': { run: (server) => server.log.show(true) },
  'glmLsp.showMenu': { run: showMenu },
};

/** Tells VS Code which of the commands can be shown now. */
export function showServed(server: Server): void {
  for (const { needs } of Object.values(COMMANDS)) {
    if (needs) {
      const context = `glmLsp.serves.${needs.slice('glm.'.length)}`;
      void vscode.commands.executeCommand('setContext', context, server.served.includes(needs));
    }
  }
}

function run(server: Server, action: string, instruction?: string): unknown {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return vscode.window.showWarningMessage('GLM: open a file and put the cursor where GLM should look.');
  }
  return server.execute('glm.run', {
    action,
    uri: server.uri(editor.document),
    range: server.range(editor.selection),
    version: editor.document.version,
    instruction,
  });
}

async function edit(server: Server): Promise<void> {
  const instruction = await vscode.window.showInputBox({
    title: 'GLM: Edit',
    prompt: 'What should be changed here?',
    placeHolder: 'make it async',
  });
  if (instruction?.trim()) {
    await run(server, 'edit', instruction);
  }
}

async function setApiKey(server: Server, key: ApiKey): Promise<void> {
  const target = key.origin;
  if (target === undefined) {
    void vscode.window.showInformationMessage('GLM: the offline stand-in needs no API key.');
    return;
  }
  const value = await vscode.window.showInputBox({
    title: `GLM: API key for ${target}`,
    prompt: 'It is kept in the secret storage and sent to this address only.',
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (/^[!-~]*$/.test(text.trim()) ? undefined : 'A key holds plain characters and no spaces.'),
  });
  if (value?.trim()) {
    await key.keep(value.trim(), target);
    await server.restart();
  }
}

async function removeApiKey(server: Server, key: ApiKey): Promise<void> {
  const target = key.origin;
  const known = target !== undefined && (await key.forget(target));
  const what = target === undefined ? 'API key' : `API key for ${target}`;
  void vscode.window.showInformationMessage(known ? `GLM: the ${what} was removed.` : `GLM: no ${what} is kept here.`);
  if (known) {
    await server.restart();
  }
}

async function chooseServer(): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: 'The program glm-lsp', openLabel: 'Choose' });
  if (chosen?.[0]) {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    await configuration.update('server.path', chosen[0].fsPath, vscode.ConfigurationTarget.Global);
  }
}

async function showMenu(server: Server): Promise<void> {
  const titles = vscode.extensions.getExtension('glm-lsp.glm-lsp')!.packageJSON.contributes.commands as {
    command: string;
    title: string;
  }[];
  const items = titles
    .filter(({ command }) => command !== 'glmLsp.showMenu')
    .filter(({ command }) => !COMMANDS[command]!.needs || server.served.includes(COMMANDS[command]!.needs))
    .map(({ command, title }) => ({ label: title, command }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'GLM', placeHolder: server.trouble?.sentence });
  if (chosen) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
