// What is asked, and where: the argument of `glm.run`, and the dialogues that fill it.

import * as vscode from 'vscode';
import type { Diagnostic, Range } from 'vscode-languageclient';

import type { Server } from './server';

/** The argument of `glm.run`. */
export interface Question {
  readonly action: string;
  readonly uri: string;
  readonly range: Range;
  readonly version: number;
  readonly instruction?: string;
  readonly diagnostics?: readonly Diagnostic[];
  readonly also?: readonly { readonly uri: string }[];
  readonly model?: string;
}

/** What the user may add to any question. */
type Extras = Pick<Question, 'also' | 'model'>;

interface Dialogue {
  readonly title: string;
  readonly prompt: string;
  readonly placeHolder: string;
  /** Whether the action knows what to do without words. */
  readonly optional?: boolean;
}

/** What the actions that live on the user's own words ask for. */
export const WORDS = {
  edit: { title: 'GLM: Edit', prompt: 'What should be changed here?', placeHolder: 'make it async' },
  ask: { title: 'GLM: Ask', prompt: 'What do you want to know about this?', placeHolder: 'who calls this?' },
  refactor: {
    title: 'GLM: Refactor',
    prompt: 'How? Enter alone leaves it to GLM.',
    placeHolder: 'the one refactoring that helps its reader most',
    optional: true,
  },
} as const satisfies Record<string, Dialogue>;

/** The editor an action works on; undefined after it was said that there is none. */
export function place(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showWarningMessage('GLM: open a file and put the cursor where GLM should look.');
  }
  return editor;
}

/** The question `action` at the selection of `editor`. */
export function question(server: Server, editor: vscode.TextEditor, action: string): Question {
  const { document, selection } = editor;
  return { action, uri: server.uri(document), range: server.range(selection), version: document.version };
}

/**
 * Asks for the user's own words, and on demand for further files and another model.
 * @returns undefined if the user thinks better of it
 */
export async function words(
  server: Server,
  dialogue: Dialogue,
): Promise<(Pick<Question, 'instruction'> & Extras) | undefined> {
  let extras: Extras = {};
  for (let value = ''; ;) {
    const said = await input(dialogue, value, described(extras));
    if (said === undefined) {
      return undefined;
    }
    value = said.value;
    if (said.pressed === FILES) {
      extras = { ...extras, also: (await pickFiles(server, extras.also)) ?? extras.also };
    } else if (said.pressed === MODEL) {
      extras = { ...extras, model: (await pickModel(server)) ?? extras.model };
    } else {
      return { instruction: value.trim() || undefined, ...extras };
    }
  }
}

const FILES: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('files'), tooltip: 'Use These Files Too…' };
const MODEL: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('chip'), tooltip: 'Choose the Model…' };

interface Said {
  readonly value: string;
  readonly pressed?: vscode.QuickInputButton;
}

function input(dialogue: Dialogue, value: string, extras: string): Promise<Said | undefined> {
  const box = vscode.window.createInputBox();
  box.title = dialogue.title;
  box.prompt = extras ? `${dialogue.prompt} ${extras}` : dialogue.prompt;
  box.placeholder = dialogue.placeHolder;
  box.value = value;
  // Behind what is there: selected, as VS Code would have it, the next key would take its place.
  box.valueSelection = [value.length, value.length];
  box.buttons = [FILES, MODEL];
  box.ignoreFocusOut = true;
  return new Promise((resolve) => {
    const end = (said?: Said) => {
      resolve(said);
      box.dispose();
    };
    box.onDidAccept(() => {
      if (dialogue.optional || box.value.trim()) {
        end({ value: box.value });
      }
    });
    box.onDidTriggerButton((pressed) => end({ value: box.value, pressed }));
    box.onDidHide(() => end());
    box.show();
  });
}

function described({ also, model }: Extras): string {
  const names = also?.map(({ uri }) => vscode.Uri.parse(uri).path.split('/').pop());
  return [names?.length ? `With ${names.join(', ')}.` : '', model ? `Model: ${model}.` : ''].filter(Boolean).join(' ');
}

const MOST_FILES = 5000;

/** The files of the project, the open ones first. Which of them may be sent is the server's to say. */
async function pickFiles(server: Server, chosen: Question['also']): Promise<Question['also'] | undefined> {
  const open = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .flatMap((tab) =>
      tab.input instanceof vscode.TabInputText && tab.input.uri.scheme === 'file' ? tab.input.uri : [],
    );
  const found = await vscode.workspace.findFiles('**/*', undefined, MOST_FILES);
  const here = vscode.window.activeTextEditor?.document.uri.toString();
  const all = new Map([...open, ...found.sort()].map((uri) => [uri.toString(), uri]));
  const items = [...all.values()]
    .filter((uri) => uri.toString() !== here)
    .map((uri) => {
      const sent = server.uri({ uri });
      const label = vscode.workspace.asRelativePath(uri);
      return { label, uri: sent, picked: chosen?.some((one) => one.uri === sent) };
    });
  const picked = await vscode.window.showQuickPick(items, {
    title: 'GLM: Use These Files Too',
    placeHolder: 'They are sent with this question; ignored files never are.',
    canPickMany: true,
    ignoreFocusOut: true,
  });
  return picked?.map(({ uri }) => ({ uri }));
}

interface Model {
  readonly id: string;
  readonly price: { readonly input: number; readonly output: number } | null;
}

async function pickModel(server: Server): Promise<string | undefined> {
  const models = (await server.execute('glm.models', {})) as readonly Model[] | undefined;
  const picked =
    models && (await vscode.window.showQuickPick(models.map(item), { title: 'GLM: Model', ignoreFocusOut: true }));
  return picked?.label;
}

function item({ id, price }: Model): vscode.QuickPickItem {
  return { label: id, description: price ? priced(price) : undefined };
}

/** How one of several answers is asked for; nothing: as the settings say. */
interface Variant {
  readonly temperature?: number;
  readonly thinking?: boolean;
  readonly model?: string;
}

const FEWEST = 2;
const MOST = 3;

/** In which ways the same is to be asked. */
export async function pickVariants(server: Server): Promise<readonly Variant[] | undefined> {
  const models = ((await server.execute('glm.models', {}, true)) ?? []) as readonly Model[];
  const items: (vscode.QuickPickItem & { variant: Variant })[] = [
    { label: 'As set', picked: true, variant: {} },
    { label: 'Warmer', description: 'temperature 0.8', picked: true, variant: { temperature: 0.8 } },
    { label: 'Thinking', description: 'thinks before it answers', variant: { thinking: true } },
    ...models.map((model) => ({ ...item(model), variant: { model: model.id } })),
  ];
  const title = `GLM: Compare ${FEWEST} or ${MOST} Answers`;
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  if (picked && (picked.length < FEWEST || picked.length > MOST)) {
    void vscode.window.showInformationMessage(`GLM: pick ${FEWEST} or ${MOST} ways to ask.`);
    return undefined;
  }
  return picked?.map(({ variant }) => variant);
}

function priced({ input, output }: { input: number; output: number }): string {
  const dollars = (price: number) => `$${(price * 1e6).toFixed(2)}`;
  return `${dollars(input)} in, ${dollars(output)} out, for a million tokens`;
}

interface Item extends vscode.QuickPickItem {
  readonly question: Question;
  readonly dialogue?: Dialogue;
}

/**
 * One of the actions the server has for this place, in its own order, the user's words with it where it needs them.
 * @param verb what is to be done with it, for the title
 */
export async function pickQuestion(server: Server, verb: string): Promise<Question | undefined> {
  const editor = place();
  if (editor === undefined) {
    return undefined;
  }
  const items = new Map<string, Item>();
  // By their kinds: asked for any kind, the menu holds only what comes first here.
  for (const kind of ['quickfix.glm', 'refactor.rewrite.glm', 'refactor.extract.glm', 'glm']) {
    const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      editor.document.uri,
      editor.selection,
      kind,
    );
    for (const { title, command } of offered) {
      if (command?.command === 'glm.run') {
        items.set(title, { label: title, question: command.arguments![0] as Question });
      }
    }
  }
  for (const action of ['edit', 'ask'] as const) {
    const dialogue = WORDS[action];
    const label = `${dialogue.title}…`;
    items.set(label, { label, question: question(server, editor, action), dialogue });
  }
  const picked = await vscode.window.showQuickPick([...items.values()], {
    title: `GLM: ${verb}`,
    placeHolder: 'For which action?',
  });
  if (picked?.dialogue === undefined) {
    return picked?.question;
  }
  const said = await words(server, picked.dialogue);
  return said && { ...picked.question, ...said };
}

/** `asked` with further files, or for another model. */
export async function withExtras(server: Server, asked: Question): Promise<Question | undefined> {
  const also = await pickFiles(server, asked.also);
  if (also === undefined) {
    return undefined;
  }
  const model = await pickModel(server);
  return model === undefined ? undefined : { ...asked, also, model };
}
