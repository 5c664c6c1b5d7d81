// What runs: a notification with a button that stops it, and how each job ended, in one message with the button that
// mends what was wrong.

import * as vscode from 'vscode';

import { isOver, type Job, progress } from './job';

/** A job that is over sooner needs no notification, only its result. */
const PATIENCE = 250;

interface Running {
  job: Job;
  /** When the server last told of it, in milliseconds. */
  told: number;
  report?: (line: string) => void;
  over: () => void;
}

interface Mend extends vscode.MessageItem {
  run(): void;
  readonly instead: boolean;
}

const SHOW = {
  error: (text: string, ...mends: Mend[]) => vscode.window.showErrorMessage(text, ...mends),
  warning: (text: string, ...mends: Mend[]) => vscode.window.showWarningMessage(text, ...mends),
  info: (text: string, ...mends: Mend[]) => vscode.window.showInformationMessage(text, ...mends),
};

export interface Mends {
  cancel(job: string): void;
  again(job: string): void;
}

export class Jobs implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly running = new Map<string, Running>();
  private readonly clock: NodeJS.Timeout;
  readonly onDidChange = this.changed.event;
  /** Tokens of the server's jobs that are over, and of servers before it. */
  private readonly spent = new Map<string, number>();
  private earlier = 0;
  last: Job | undefined;

  constructor(private readonly mends: Mends) {
    this.clock = setInterval(() => this.tick(), 1000);
  }

  dispose(): void {
    clearInterval(this.clock);
    this.end();
    this.changed.dispose();
  }

  get current(): readonly Job[] {
    return [...this.running.values()].map((one) => one.job);
  }

  /** Of the jobs that are over, in this session. */
  get tokens(): number {
    return [...this.spent.values()].reduce((sum, tokens) => sum + tokens, this.earlier);
  }

  take(job: Job): void {
    const known = this.running.get(job.job);
    if (isOver(job)) {
      this.running.delete(job.job);
      known?.over();
      // One that offers something tells so again whenever the text changes.
      this.spent.set(job.job, job.tokens);
      this.last = job;
      void this.tell(job);
    } else if (known) {
      known.job = job;
      known.told = Date.now();
      known.report?.(progress(job, 0));
    } else {
      this.running.set(job.job, this.begin(job));
    }
    this.changed.fire();
  }

  /** The server is gone, and all it was doing. */
  end(): void {
    this.running.forEach((one) => one.over());
    this.running.clear();
    this.earlier = this.tokens;
    this.spent.clear();
    this.changed.fire();
  }

  private begin(job: Job): Running {
    const running: Running = { job, told: Date.now(), over: () => {} };
    const over = new Promise<void>((resolve) => (running.over = resolve));
    const show = setTimeout(() => {
      void vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: job.title, cancellable: true },
        (notification, token) => {
          token.onCancellationRequested(() => this.mends.cancel(job.job));
          running.report = (message) => notification.report({ message });
          running.report(progress(running.job, 0));
          return over;
        },
      );
    }, PATIENCE);
    void over.then(() => clearTimeout(show));
    return running;
  }

  private tick(): void {
    for (const one of this.running.values()) {
      one.report?.(progress(one.job, (Date.now() - one.told) / 1000));
    }
  }

  private async tell(job: Job): Promise<void> {
    if (job.message === undefined) {
      return;
    }
    const { level, text, next } = job.message;
    const mend = this.mend(job);
    const said = [text, mend?.instead ? '' : next].filter(Boolean).join(' ');
    const chosen = await SHOW[level](`${job.title}: ${said}`, ...(mend ? [mend] : []));
    chosen?.run();
  }

  /** The button that mends what went wrong; `instead` of the advice the server gives to those who have no button. */
  private mend(job: Job): Mend | undefined {
    if (job.state !== 'failed' && job.state !== 'refused') {
      return undefined;
    }
    const known = COMMANDS[job.message?.reason ?? ''];
    if (known !== undefined) {
      const { title, command, argument } = known;
      return { title, run: () => void vscode.commands.executeCommand(command, argument), instead: command === SET_KEY };
    }
    // VS Code cuts a message without a button to one line, and the reason of a refusal is to be read.
    return { title: 'Try Again', run: () => this.mends.again(job.job), instead: false };
  }
}

const SET_KEY = 'glmLsp.setApiKey';
const KEY = { title: 'Set API Key', command: SET_KEY, argument: undefined };
const SETTINGS = {
  title: 'Open Settings',
  command: `workbench.action.open${vscode.env.remoteName ? 'Remote' : ''}Settings`,
  argument: { query: 'glm.endpoint' },
};

/** What mends a trouble better than to try again, by the server's word for it. */
const COMMANDS: Readonly<Record<string, { title: string; command: string; argument: unknown }>> = {
  'no-key': KEY,
  'wrong-key': KEY,
  'wrong-address': SETTINGS,
  'no-such-model': SETTINGS,
  'bad-settings': SETTINGS,
  limit: { title: 'Show Usage', command: 'glmLsp.usage', argument: undefined },
};
