// Whether the user has gone on to something else. What takes the keyboard must not open under his hands: the next key
// would pick something he has not read.

import { setTimeout } from 'node:timers/promises';

import * as vscode from 'vscode';

/** VS Code tells of keys a moment after they were pressed. */
const REST_MILLISECONDS = 300;

export class Attention implements vscode.Disposable {
  private last = 0;
  private readonly subscriptions = [
    vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === vscode.window.activeTextEditor?.document) {
        this.last = Date.now();
      }
    }),
    vscode.window.onDidChangeTextEditorSelection((event) => {
      if (
        event.kind === vscode.TextEditorSelectionChangeKind.Keyboard ||
        event.kind === vscode.TextEditorSelectionChangeKind.Mouse
      ) {
        this.last = Date.now();
      }
    }),
    vscode.window.onDidChangeActiveTextEditor(() => (this.last = Date.now())),
  ];

  dispose(): void {
    this.subscriptions.forEach((one) => void one.dispose());
  }

  /** Calls `open` if the user has waited for it these last `seconds`, else behind the button of a message. */
  async take(seconds: number, message: string, open: () => unknown): Promise<void> {
    const asked = Date.now() - seconds * 1000;
    await setTimeout(REST_MILLISECONDS);
    if (this.last < asked || (await vscode.window.showInformationMessage(message, 'Show')) === 'Show') {
      await open();
    }
  }
}
