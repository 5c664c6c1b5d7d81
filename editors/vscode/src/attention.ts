// Whether the user has gone on to something else. What takes the keyboard must not open under his hands: the next key
// would pick something he has not read.

import { setTimeout } from 'node:timers/promises';

import * as vscode from 'vscode';

/** VS Code tells of keys a moment after they were pressed. */
const REST_MILLISECONDS = 300;

/** Keys that come so soon after a list has opened were meant for the text. */
const EARLY_MILLISECONDS = 500;

const TRIES = 20;

/** A list to choose from; `accept` is called with what the user takes, and closes the list if that is the end of it. */
export interface Picker<Item extends vscode.QuickPickItem> {
  readonly list: vscode.QuickPick<Item>;
  accept(item: Item): void;
}

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

  /**
   * Opens a list if the user has waited for it these last `seconds`, else behind the button of a message. If he
   * types just as it opens, it gives way, and what he typed goes to the text.
   */
  async take<Item extends vscode.QuickPickItem>(
    seconds: number,
    message: string,
    make: () => Picker<Item> | Promise<Picker<Item>>,
  ): Promise<void> {
    const asked = Date.now() - seconds * 1000;
    await setTimeout(REST_MILLISECONDS);
    if (this.last < asked) {
      const picker = await make();
      const give = receiver();
      const typed = await open(picker, EARLY_MILLISECONDS);
      if (typed === undefined) {
        return;
      }
      await give(typed);
    }
    if ((await vscode.window.showInformationMessage(message, 'Show')) === 'Show') {
      await open(await make());
    }
  }
}

/** Takes text to where the user types now, in front of what he goes on to type there. */
function receiver(): (text: string) => Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return () => Promise.resolve();
  }
  const { selection, document } = editor;
  const { version } = document;
  const write = (text: string) =>
    editor.edit((edit) => {
      if (document.version === version) {
        edit.delete(selection);
      }
      edit.insert(selection.start, text);
    });
  return async (text) => {
    // Not made if a key comes between.
    for (let tries = 0; tries < TRIES && text !== '' && !(await write(text)); tries++);
  };
}

/**
 * Opens a list until something is taken or it is put away.
 * @returns what was typed, if that began in the first `early` milliseconds: the list is put away then
 */
export function open<Item extends vscode.QuickPickItem>(
  { list, accept }: Picker<Item>,
  early = 0,
): Promise<string | undefined> {
  const end = Date.now() + early;
  let astray = false;
  let lines = '';
  let taken = 0;
  const isEarly = () => (astray ||= Date.now() < end);
  list.onDidChangeValue(() => {
    if (isEarly()) {
      list.hide();
    }
  });
  list.onDidAccept(() => {
    if (isEarly()) {
      lines += `${list.value.slice(taken)}\n`;
      taken = list.value.length;
      list.hide();
    } else if (list.activeItems[0]) {
      accept(list.activeItems[0]);
    }
  });
  return new Promise((resolve) => {
    list.onDidHide(() => {
      resolve(astray ? lines + list.value.slice(taken) : undefined);
      list.dispose();
    });
    list.show();
  });
}
