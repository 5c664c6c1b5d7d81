// The commands of the palette: what a menu item cannot ask, and what serves the extension itself. One that needs a
// command of the server is there when the server serves it.

import * as vscode from 'vscode';

import type { ApiKey } from './key';
import { contextPage, type Context, type Pages, usagePage, type Used } from './pages';
import { trustPrompts } from './prompts';
import type { Proposals } from './proposals';
import { pickQuestion, pickVariants, place, question, withExtras, WORDS, words } from './question';
import type { Server } from './server';
import { SECTION } from './settings';

/** What commands work with. */
export interface Parts {
  readonly server: Server;
  readonly key: ApiKey;
  readonly proposals: Proposals;
  readonly pages: Pages;
}

interface Command {
  /** The server's command it stands on. */
  readonly needs?: string;
  run(parts: Parts, ...given: unknown[]): unknown;
}

type At = Parameters<Proposals['decide']>[2];

export const COMMANDS: Readonly<Record<string, Command>> = {
  'glmLsp.edit': { needs: 'glm.run', run: ({ server }) => runInWords(server, 'edit') },
  'glmLsp.refactor': { needs: 'glm.run', run: ({ server }) => runInWords(server, 'refactor') },
  'glmLsp.suggest': { needs: 'glm.suggest', run: suggest },
  'glmLsp.explain': { needs: 'glm.run', run: ({ server }) => run(server, 'explain') },
  'glmLsp.fix': { needs: 'glm.run', run: fix },
  'glmLsp.tests': { needs: 'glm.run', run: ({ server }) => run(server, 'tests') },
  'glmLsp.ask': { needs: 'glm.run', run: ({ server }) => runInWords(server, 'ask') },
  'glmLsp.runWith': { needs: 'glm.run', run: runWith },
  'glmLsp.compare': { needs: 'glm.run', run: compare },
  'glmLsp.refine': { needs: 'glm.refine', run: refine },
  'glmLsp.retry': { needs: 'glm.retry', run: ({ server }) => server.execute('glm.retry', {}) },
  'glmLsp.undo': { needs: 'glm.undo', run: ({ server }) => server.execute('glm.undo', {}) },
  'glmLsp.cancel': { needs: 'glm.cancel', run: ({ server }) => server.execute('glm.cancel', {}) },
  'glmLsp.accept': { needs: 'glm.accept', run: ({ proposals }, at) => proposals.decide('accept', false, at as At) },
  'glmLsp.reject': { needs: 'glm.reject', run: ({ proposals }, at) => proposals.decide('reject', false, at as At) },
  'glmLsp.acceptAll': { needs: 'glm.accept', run: ({ proposals }, at) => proposals.decide('accept', true, at as At) },
  'glmLsp.rejectAll': { needs: 'glm.reject', run: ({ proposals }, at) => proposals.decide('reject', true, at as At) },
  'glmLsp.showProposals': { needs: 'glm.accept', run: ({ proposals }) => proposals.show() },
  'glmLsp.context': { needs: 'glm.context', run: showContext },
  'glmLsp.copyCurl': { needs: 'glm.request', run: ({ server }) => copy(server, 'curl') },
  'glmLsp.copyPython': { needs: 'glm.request', run: ({ server }) => copy(server, 'python') },
  'glmLsp.usage': { needs: 'glm.usage', run: showUsage },
  'glmLsp.trustPrompts': { needs: 'glm.trust', run: ({ server }) => trustPrompts(server) },
  'glmLsp.setApiKey': { run: setApiKey },
  'glmLsp.removeApiKey': { run: removeApiKey },
  'glmLsp.chooseServer': { run: chooseServer },
  'glmLsp.restart': { run: ({ server }) => server.restart() },
  'glmLsp.showLog': { run: ({ server }) => server.log.show(true) },
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

function run(server: Server, action: string): unknown {
  const editor = place();
  return editor && server.execute('glm.run', question(server, editor, action));
}

async function runInWords(server: Server, action: keyof typeof WORDS): Promise<void> {
  const editor = place();
  // Before the user is asked: the place is where he stood when he called the command.
  const asked = editor && question(server, editor, action);
  const said = asked && (await words(server, WORDS[action]));
  if (said) {
    await server.execute('glm.run', { ...asked, ...said });
  }
}

/** Fixes what is reported at the selection; where nothing is, the nearest report on its lines, or below, or above. */
async function fix({ server }: Parts): Promise<void> {
  const editor = place();
  if (editor === undefined) {
    return;
  }
  const { document, selection } = editor;
  const reported = vscode.languages
    .getDiagnostics(document.uri)
    .filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning);
  const here = reported.filter(({ range }) => range.intersection(selection));
  const away = (range: vscode.Range) => Math.abs(range.start.line - selection.active.line);
  const nearest = reported.sort((one, other) => away(one.range) - away(other.range))[0];
  const found = here.length ? here : nearest ? [nearest] : [];
  if (!found.length) {
    void vscode.window.showInformationMessage('GLM: nothing is reported in this file.');
    return;
  }
  const range = here.length ? selection : found[0]!.range;
  const asked = { ...question(server, editor, 'fix'), range: server.range(range) };
  await server.execute('glm.run', { ...asked, diagnostics: await server.diagnostics(found) });
}

async function suggest({ server }: Parts): Promise<void> {
  const editor = place();
  if (editor) {
    const { uri, range } = question(server, editor, '');
    await server.execute('glm.suggest', { uri, range });
  }
}

async function runWith({ server }: Parts): Promise<void> {
  const asked = await pickQuestion(server, 'Run With Other Files or Another Model');
  const whole = asked && (await withExtras(server, asked));
  if (whole) {
    await server.execute('glm.run', whole);
  }
}

async function compare({ server }: Parts): Promise<void> {
  const asked = await pickQuestion(server, 'Compare Answers');
  const variants = asked && (await pickVariants(server));
  if (variants) {
    await server.execute('glm.run', { ...asked, compare: variants });
  }
}

async function refine({ server }: Parts): Promise<void> {
  const instruction = await vscode.window.showInputBox({
    title: 'GLM: Refine the Last Result',
    prompt: 'What should be different?',
    placeHolder: 'keep the loop',
    ignoreFocusOut: true,
  });
  if (instruction?.trim()) {
    await server.execute('glm.refine', { instruction });
  }
}

async function showContext({ server, pages }: Parts): Promise<void> {
  const asked = await pickQuestion(server, 'Show What Would Be Sent');
  const context = asked && ((await server.execute('glm.context', asked)) as Context | undefined);
  const status = context && ((await server.execute('glm.status', {})) as { endpoint: string } | undefined);
  if (context && status) {
    await pages.show('What GLM Would Send', contextPage(context, status.endpoint));
  }
}

const KEY_VARIABLE = 'OXEN_API_KEY';

async function copy(server: Server, as: 'curl' | 'python'): Promise<void> {
  const asked = await pickQuestion(server, as === 'curl' ? 'Copy Request as cURL' : 'Copy Request as Python');
  const answer = asked && ((await server.execute('glm.request', { ...asked, as })) as { text: string } | undefined);
  if (answer) {
    await vscode.env.clipboard.writeText(answer.text);
    const key = answer.text.includes(KEY_VARIABLE) ? ` It takes the key from $${KEY_VARIABLE}.` : '';
    void vscode.window.showInformationMessage(`GLM: the request was copied.${key}`);
  }
}

async function showUsage({ server, pages }: Parts): Promise<void> {
  const log = (await server.execute('glm.usage', {})) as readonly Used[] | undefined;
  if (log) {
    await pages.render('GLM Usage', usagePage(log));
  }
}

async function setApiKey({ server, key }: Parts): Promise<void> {
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

async function removeApiKey({ server, key }: Parts): Promise<void> {
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

async function showMenu({ server }: Parts): Promise<void> {
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
