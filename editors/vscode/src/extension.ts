// The extension: thin. All logic is the server's; what is added is what LSP cannot say.

import * as vscode from 'vscode';

import { Attention } from './attention';
import { COMMANDS, showServed } from './commands';
import { Explanation, inert } from './explanation';
import { Jobs } from './jobs';
import { ApiKey } from './key';
import { Pages } from './pages';
import { Proposals } from './proposals';
import { Server, type Trouble } from './server';
import { needsRestart } from './settings';
import { Status } from './status';
import { Suggestions } from './suggestions';

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): { extendMarkdownIt: typeof inert } {
  const log = vscode.window.createOutputChannel('GLM', { log: true });
  const key = new ApiKey(context);
  const started = (server = new Server(context, key, log));
  const attention = new Attention();
  const explanation = new Explanation();
  const proposals = new Proposals(started, attention);
  const suggestions = new Suggestions(started, attention);
  const pages = new Pages();
  const jobs = new Jobs({
    cancel: (job) => void started.execute('glm.cancel', { job }),
    again: (job) => void started.execute('glm.retry', { job }),
  });
  const status = new Status(started, jobs);
  context.subscriptions.push(log, started, attention, explanation, proposals, suggestions, pages, jobs, status);
  const parts = { server: started, key, proposals, pages };
  for (const [id, command] of Object.entries(COMMANDS)) {
    const run = (...given: unknown[]) => command.run(parts, ...given);
    context.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
  started.onDidTell((job) => {
    [explanation, proposals, suggestions, jobs].forEach((one) => one.take(job));
  });
  jobs.onDidChange(() => void vscode.commands.executeCommand('setContext', 'glmLsp.busy', jobs.current.length > 0));
  proposals.onDidCount((count) => {
    status.offered = count;
    void vscode.commands.executeCommand('setContext', 'glmLsp.offers', count > 0);
  });
  started.onDidChange(() => {
    showServed(started);
    if (started.state !== 'running') {
      [explanation, proposals, jobs].forEach((one) => one.end());
    }
    if (started.trouble) {
      void say(started.trouble);
    }
  });
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (needsRestart(context.extension, event)) {
        void started.restart();
      }
    }),
  );
  void started.restart();
  return { extendMarkdownIt: inert };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

const call = (command: string, argument?: unknown) => () => vscode.commands.executeCommand(command, argument);
const INSTALL = {
  title: 'How to Install',
  run: call('workbench.action.openWalkthrough', 'glm-lsp.glm-lsp#firstSteps'),
};
const CHOOSE = { title: 'Choose Server…', run: call('glmLsp.chooseServer') };
const SETTINGS = {
  title: 'Open Settings',
  run: call(`workbench.action.open${vscode.env.remoteName ? 'Remote' : ''}Settings`, { query: 'glm.server.path' }),
};
const AGAIN = { title: 'Try Again', run: call('glmLsp.restart') };
const LOG = { title: 'Show Log', run: call('glmLsp.showLog') };

/** The buttons that mend what keeps the server from running. */
const MENDS = {
  missing: [INSTALL, CHOOSE],
  named: [CHOOSE, SETTINGS],
  python: [INSTALL, CHOOSE],
  ended: [AGAIN, LOG, CHOOSE],
} as const satisfies Record<Trouble['kind'], unknown>;

async function say(trouble: Trouble): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(`GLM: ${trouble.sentence}`, ...MENDS[trouble.kind]);
  await chosen?.run();
}
