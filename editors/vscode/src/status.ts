// The status bar item: what GLM is doing, and how many tokens it took.

import * as vscode from 'vscode';

import type { Jobs } from './jobs';
import type { Server } from './server';

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('glmLsp.status', vscode.StatusBarAlignment.Right, 100);
  private waiting = 0;

  constructor(
    private readonly server: Server,
    private readonly jobs: Jobs,
  ) {
    this.item.name = 'GLM';
    this.item.command = 'glmLsp.showMenu';
    server.onDidChange(() => this.show());
    jobs.onDidChange(() => this.show());
    this.show();
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  /** How many changes wait for the user's word. */
  set offered(count: number) {
    this.waiting = count;
    this.show();
  }

  private show(): void {
    const { server, jobs, item } = this;
    const running = jobs.current;
    const tokens = running.reduce((sum, job) => sum + job.tokens, 0);
    const changes = `${this.waiting} ${this.waiting === 1 ? 'change' : 'changes'}`;
    const resting = this.waiting ? `GLM: ${changes} offered` : 'GLM';
    const words = running.length ? (tokens ? `GLM: ${tokens} tokens` : 'GLM: working') : resting;
    const busy = running.length > 0 || server.state === 'starting';
    const icon = server.trouble ? 'warning' : busy ? 'loading~spin' : 'sparkle';
    item.text = `$(${icon}) ${words}`;
    item.backgroundColor = server.trouble && new vscode.ThemeColor('statusBarItem.warningBackground');
    item.tooltip = server.trouble?.sentence ?? this.tooltip();
    item.accessibilityInformation = { label: server.trouble?.sentence ?? words };
  }

  private tooltip(): string {
    const { last, current, tokens } = this.jobs;
    return [
      this.server.state === 'starting' ? 'The GLM server is starting.' : '',
      ...current.map((job) => job.title),
      last ? `Last: ${last.title}, ${last.state}, ${last.tokens} tokens, ${last.seconds} s` : '',
      tokens ? `This session: ${tokens} tokens` : '',
    ]
      .filter(Boolean)
      .join('\n');
  }
}
