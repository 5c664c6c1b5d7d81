// The server's life: found, started with its environment, restarted when that changes, and stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as os from 'node:os';
import { setTimeout } from 'node:timers/promises';

import * as vscode from 'vscode';
import {
  CloseAction,
  type Diagnostic,
  DidChangeConfigurationNotification,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type Range,
  RevealOutputChannelOn,
  type StaticFeature,
} from 'vscode-languageclient/node';

import { apply } from './apply';
import type { Apply, Job } from './job';
import type { ApiKey } from './key';
import { find, NoProgram } from './program';
import { SECTION, told } from './settings';

const STOP_MILLISECONDS = 2000;
const RESTARTS = 3;
const RESTARTS_MILLISECONDS = 180_000;

/** What the server, or uv or Python on its behalf, says when Python is too old. */
const OLD_PYTHON = /needs Python 3|requires.?python|No interpreter found|SyntaxError|No module named 'tomllib'/i;

/** Why there is no server: the sentence, and how it can be mended. */
export interface Trouble {
  readonly sentence: string;
  readonly kind: 'missing' | 'named' | 'python' | 'ended';
}

/** A client that writes its troubles into the log: those the user can mend are said by us, with the button for it. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

const EXPERIMENTAL: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, glm: { jobs: true, apply: true } };
  },
  initialize() {},
  getState: () => ({ kind: 'static' }),
  clear() {},
};

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly told = new vscode.EventEmitter<Job>();
  private client: LanguageClient | undefined;
  private process: ChildProcess | undefined;
  private turn: Promise<void> = Promise.resolve();
  private ends: number[] = [];
  readonly onDidChange = this.changed.event;
  readonly onDidTell = this.told.event;
  state: 'starting' | 'running' | 'stopped' = 'stopped';
  trouble: Trouble | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly key: ApiKey,
    readonly log: vscode.LogOutputChannel,
  ) {}

  dispose(): void {
    this.changed.dispose();
    this.told.dispose();
  }

  /** The commands the running server serves. */
  get served(): readonly string[] {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  /** As the server writes it. */
  uri({ uri }: { readonly uri: vscode.Uri }): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  asUri(uri: string): vscode.Uri {
    return this.client?.protocol2CodeConverter.asUri(uri) ?? vscode.Uri.parse(uri);
  }

  range(range: vscode.Range): Range {
    const { start, end } = range;
    return {
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    };
  }

  async diagnostics(found: readonly vscode.Diagnostic[]): Promise<readonly Diagnostic[]> {
    return this.client?.code2ProtocolConverter.asDiagnostics([...found]) ?? [];
  }

  /** Starts the server anew. One after the other, in the order of the calls. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow()).then(() => this.startNow());
    return this.turn;
  }

  stop(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow());
    return this.turn;
  }

  /** What the server answers; undefined after it was said why not, unless that does not matter. */
  async execute(command: string, argument: unknown, quiet = false): Promise<unknown> {
    const client = this.client;
    if (client === undefined) {
      return undefined;
    }
    try {
      return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] });
    } catch (error) {
      if (client === this.client && !quiet) {
        void vscode.window.showWarningMessage(`GLM: ${(error as Error).message}`);
      }
      return undefined;
    }
  }

  private async startNow(): Promise<void> {
    this.enter('starting');
    let errors = '';
    let ended = Promise.resolve();
    const client: LanguageClient = new Client(
      SECTION,
      'GLM',
      async () => {
        const variables = await this.key.environment();
        const named = vscode.workspace.getConfiguration(SECTION).get<string>('server.path', '').trim();
        const program = find(named, this.context.extensionPath, variables);
        this.log.info(`Starting ${[program.command, ...program.arguments].join(' ')}`);
        // At home, not in the folder: a project that was only opened must not put a module in the server's way.
        const child = spawn(program.command, program.arguments, { cwd: os.homedir(), env: variables });
        child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)));
        this.process = child;
        await once(child, 'spawn');
        ended = once(child, 'close').then(() => undefined);
        return child;
      },
      {
        documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => this.closed(client),
        },
        initializationFailedHandler: () => false,
        middleware: {
          executeCommand: (command, args) => this.execute(command, args[0]),
          workspace: {
            configuration: ({ items }) =>
              items.map(({ section }) => (section === SECTION ? told(this.context.extension) : null)),
            // It asks for what it wants to know; what would be sent here holds every default as if the user had set it.
            didChangeConfiguration: () =>
              client.sendNotification(DidChangeConfigurationNotification.type, { settings: null }),
          },
          window: { showDocument: async ({ uri }) => ({ success: await showBeside(client, uri) }) },
        },
      },
    );
    client.registerFeature(EXPERIMENTAL);
    client.onNotification('glm/job', (job: Job) => this.told.fire(job));
    client.onRequest('glm/apply', (wanted: Apply) => apply(client, wanted));
    try {
      await client.start();
      this.client = client;
      this.enter('running');
    } catch (error) {
      // What it wrote last is still on its way.
      await Promise.race([ended, setTimeout(STOP_MILLISECONDS)]);
      this.enter('stopped', trouble(error as Error, errors));
    }
  }

  private async stopNow(): Promise<void> {
    const { client, process } = this;
    this.client = this.process = undefined;
    this.enter('stopped');
    if (client?.isRunning()) {
      await client.stop(STOP_MILLISECONDS).catch((error: Error) => this.log.warn(error.message));
    }
    await client?.dispose().catch(() => undefined);
    if (process && process.exitCode === null) {
      const exit = once(process, 'exit');
      await Promise.race([exit, setTimeout(STOP_MILLISECONDS)]);
      process.kill('SIGKILL');
      await exit;
    }
  }

  /** The server has ended, unasked. */
  private closed(client: LanguageClient): { action: CloseAction; handled: boolean } {
    if (this.client === client) {
      const now = Date.now();
      this.ends = [...this.ends.filter((end) => now - end < RESTARTS_MILLISECONDS), now];
      if (this.ends.length <= RESTARTS) {
        void this.restart();
      } else {
        this.client = undefined;
        this.enter('stopped', { sentence: 'The GLM server ended several times.', kind: 'ended' });
      }
    }
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private enter(state: Server['state'], trouble?: Trouble): void {
    this.state = state;
    this.trouble = trouble;
    this.changed.fire();
  }
}

/** @param errors what the process wrote to stderr */
function trouble(error: Error, errors: string): Trouble {
  if (error instanceof NoProgram) {
    return { sentence: error.message, kind: error.named ? 'named' : 'missing' };
  }
  if (OLD_PYTHON.test(errors)) {
    return { sentence: 'The GLM server needs Python 3.11 or newer, and found an older one.', kind: 'python' };
  }
  const said = errors.trim().split('\n').pop() || error.message;
  return { sentence: `The GLM server ended as soon as it was started: ${said}`, kind: 'ended' };
}

/** Never in the place of what the user is typing in, and without its focus. */
async function showBeside(client: LanguageClient, uri: string): Promise<boolean> {
  try {
    await vscode.window.showTextDocument(client.protocol2CodeConverter.asUri(uri), {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
    });
    return true;
  } catch {
    return false;
  }
}
