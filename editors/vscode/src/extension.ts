// The extension: thin. All logic is the server's; what is added is what LSP cannot say.

import * as vscode from 'vscode';

import { COMMANDS, showServed } from './commands';
import { Explanation, inert } from './explanation';
import { Jobs } from './jobs';
import { ApiKey } from './key';
import { Server, type Trouble } from './server';
import { needsRestart } from './settings';
import { Status } from './status';

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): { extendMarkdownIt: typeof inert } {
  const log = vscode.window.createOutputChannel('GLM', { log: true });
  const key = new ApiKey(context);
  const started = (server = new Server(context, key, log));
  const explanation = new Explanation();
  const jobs = new Jobs({
    cancel: (job) => void started.execute('glm.cancel', { job }),
    setApiKey: () => void vscode.commands.executeCommand('glmLsp.setApiKey'),
    again: (job) => {
      const argument = started.begun.get(job);
      return argument === undefined ? undefined : () => void started.execute('glm.run', argument);
    },
  });
  context.subscriptions.push(log, started, explanation, jobs, new Status(started, jobs));
  for (const [id, command] of Object.entries(COMMANDS)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, () => command.run(started, key)));
  }
  started.onDidTell((job) => {
    explanation.take(job);
    jobs.take(job);
  });
  jobs.onDidChange(() => void vscode.commands.executeCommand('setContext', 'glmLsp.busy', jobs.current.length > 0));
  started.onDidChange(() => {
    showServed(started);
    if (started.state !== 'running') {
      jobs.end();
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
