// Edits that are offered and wait for the user's word: a diff of each file, and a lens over each change in the file
// itself. Which changes there are, and what becomes of them, the server knows; here they are shown and decided.

import * as vscode from 'vscode';
import type { Range } from 'vscode-languageclient';

import { type Attention, open, type Picker } from './attention';
import { type Candidate, type Hunk, type Job, price } from './job';
import type { Server } from './server';

const SCHEME = 'glm-proposal';
const COMMAND = { accept: 'glm.accept', reject: 'glm.reject' } as const;
type Verdict = keyof typeof COMMAND;

/** What one side of a diff is: its address says. `none`: the nothing that a new file comes from. */
interface Shown {
  readonly job: string;
  readonly candidate?: string;
  readonly uri: string;
  readonly side: 'new' | 'none';
}

/** What is decided about: all that a job offers, or one of its candidates, or one change. */
interface Choice {
  readonly job: string;
  readonly candidate?: string;
  readonly hunk?: number;
}

type Answer = vscode.QuickPickItem & { readonly candidate: Candidate };

export class Proposals implements vscode.TextDocumentContentProvider, vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  private readonly counted = new vscode.EventEmitter<number>();
  readonly onDidChange = this.changed.event;
  readonly onDidChangeCodeLenses = this.lensesChanged.event;
  /** How many changes wait for the user's word. */
  readonly onDidCount = this.counted.event;
  private readonly offers = new Map<string, Job>();
  /** What each diff showed last: while the user types, the changes trail the text by a moment. */
  private readonly texts = new Map<string, string>();
  private readonly registrations = [
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.languages.registerCodeLensProvider([{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: SCHEME }], this),
  ];

  constructor(
    private readonly server: Server,
    private readonly attention: Attention,
  ) {}

  dispose(): void {
    this.registrations.forEach((one) => void one.dispose());
    this.changed.dispose();
    this.lensesChanged.dispose();
    this.counted.dispose();
  }

  take(job: Job): void {
    const known = this.offers.has(job.job);
    if (job.state === 'offered') {
      this.offers.set(job.job, job);
      if (!known) {
        void this.open(job);
      }
    } else if (known && job.state !== 'delivering') {
      this.forget(job.job);
    }
    this.refresh();
  }

  /** The server is gone, and its offers with it. */
  end(): void {
    [...this.offers.keys()].forEach((job) => this.forget(job));
    this.refresh();
  }

  /** Shows the offers there are, with the keyboard. */
  async show(): Promise<void> {
    const job = [...this.offers.values()].pop();
    if (job?.candidates?.length) {
      await open(this.answers(job));
    } else if (job) {
      await this.diffs({ job: job.job }, { viewColumn: vscode.ViewColumn.Active });
    }
  }

  /**
   * Says the user's word about a change.
   * @param at the change itself, or the address of the diff whose button was pressed; nothing: the cursor says
   */
  async decide(verdict: Verdict, whole: boolean, at?: Choice | vscode.Uri): Promise<void> {
    const choice = at !== undefined && !(at instanceof vscode.Uri) ? at : this.chosen(whole, at);
    if (choice === undefined) {
      void vscode.window.showInformationMessage(`GLM: there is no change to ${verdict} at the cursor.`);
      return;
    }
    const several = this.offers.get(choice.job)?.candidates?.length;
    await this.server.execute(COMMAND[verdict], several ? choice : { ...choice, candidate: undefined });
  }

  provideTextDocumentContent(address: vscode.Uri): string {
    const key = address.toString();
    const shown = read(address);
    if (shown.side === 'none') {
      return '';
    }
    const made = proposed(this.document(shown.uri)?.getText() ?? '', this.hunks(shown));
    if (made !== undefined) {
      this.texts.set(key, made);
    }
    return this.texts.get(key) ?? '';
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return this.at(document).flatMap(({ choice, range }) =>
      (['accept', 'reject'] as const).map(
        (verdict) =>
          new vscode.CodeLens(range, {
            title: verdict === 'accept' ? '$(check)\u00a0Accept Change' : '$(close)\u00a0Reject',
            tooltip: 'GLM',
            command: `glmLsp.${verdict}`,
            arguments: [choice],
          }),
      ),
    );
  }

  private async open(job: Job): Promise<void> {
    if (job.candidates?.length) {
      await this.attention.take(job.seconds, `${job.title}: ${job.candidates.length} answers to choose from.`, () =>
        this.answers(job),
      );
    } else if (job.hunks?.length) {
      await this.diffs({ job: job.job }, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
    } else {
      // A file to be moved or deleted: there are no lines to show.
      const chosen = await vscode.window.showInformationMessage(
        `${job.title}: a change is offered.`,
        'Accept',
        'Reject',
      );
      if (chosen) {
        await this.server.execute(chosen === 'Accept' ? 'glm.accept' : 'glm.reject', { job: job.job });
      }
    }
  }

  /** The answers of several models, each with its diff as one goes through them. */
  private answers(job: Job): Picker<Answer> {
    const list = vscode.window.createQuickPick<Answer>();
    list.title = job.title;
    list.placeholder = 'Enter takes the answer whose diff is shown';
    list.ignoreFocusOut = true;
    list.items = job.candidates!.map((candidate) => ({
      label: candidate.label,
      description: price(candidate),
      detail: [candidate.hunks.length ? measured(candidate.hunks) : '', candidate.message?.text]
        .filter(Boolean)
        .join(' '),
      candidate,
    }));
    list.onDidChangeActive(([item]) => {
      if (item) {
        const choice = { job: job.job, candidate: item.candidate.id };
        void this.diffs(choice, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
      }
    });
    const accept = ({ candidate }: Answer) => {
      if (candidate.hunks.length) {
        list.hide();
        void this.server.execute('glm.accept', { job: job.job, candidate: candidate.id });
      }
    };
    return { list, accept };
  }

  private async diffs(choice: Choice, how: vscode.TextDocumentShowOptions): Promise<void> {
    const { job, candidate } = choice;
    const offer = this.offers.get(job);
    const open = tabs(job).find((tab) => read(tab.input.modified).candidate === candidate);
    const options = { preview: false, ...how, ...(open && { viewColumn: open.group.viewColumn }) };
    const uris = new Set(this.hunks({ job, candidate }).map((hunk) => hunk.uri));
    for (const uri of uris) {
      const file = this.server.asUri(uri);
      const there = await vscode.workspace.openTextDocument(file).then(
        () => true,
        () => false,
      );
      const base = there ? file : write(file, { job, candidate, uri, side: 'none' });
      const made = write(file, { job, candidate, uri, side: 'new' });
      const name = file.path.split('/').pop();
      await vscode.commands.executeCommand('vscode.diff', base, made, `${name} (${offer?.title ?? 'GLM'})`, options);
    }
  }

  /** What the cursor stands on, or all of what it stands in. */
  private chosen(whole: boolean, address: vscode.Uri | undefined): Choice | undefined {
    const active = vscode.window.activeTextEditor;
    const editor = address
      ? (vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === address.toString()) ?? active)
      : active;
    const here = editor ? this.at(editor.document) : [];
    const found = here.find(({ range }) => editor && touches(range, editor.selection.active.line));
    if (!whole) {
      return (found ?? (here.length === 1 ? here[0] : undefined))?.choice;
    }
    const shown = editor?.document.uri.scheme === SCHEME ? read(editor.document.uri) : found?.choice;
    const job = shown?.job ?? [...this.offers.keys()].pop();
    return job === undefined ? undefined : { job, candidate: shown?.candidate };
  }

  /** The changes that are offered in `document`, which may be that of a diff, and where they stand in it. */
  private at(document: vscode.TextDocument): { choice: Choice; range: vscode.Range }[] {
    if (document.uri.scheme === SCHEME) {
      const shown = read(document.uri);
      return moved(this.hunks(shown)).map(({ hunk, range }) => ({
        choice: { job: shown.job, candidate: shown.candidate, hunk: hunk.id },
        range: asRange(range),
      }));
    }
    const uri = this.server.uri(document);
    return [...this.offers.values()].flatMap((job) =>
      (job.hunks ?? [])
        .filter((hunk) => hunk.uri === uri)
        .map((hunk) => ({ choice: { job: job.job, hunk: hunk.id }, range: asRange(hunk.range) })),
    );
  }

  /** In the order of the text. */
  private hunks({ job, candidate, uri }: { job: string; candidate?: string; uri?: string }): readonly Hunk[] {
    const offer = this.offers.get(job);
    // One of them is chosen as soon as a change of it is accepted: what is left of it are the changes of the job then.
    const several = offer?.candidates?.length ? offer.candidates : undefined;
    const all = several ? several.find(({ id }) => id === candidate)?.hunks : offer?.hunks;
    return (all ?? [])
      .filter((hunk) => uri === undefined || hunk.uri === uri)
      .sort((one, other) => one.range.start.line - other.range.start.line);
  }

  private document(uri: string): vscode.TextDocument | undefined {
    const wanted = this.server.asUri(uri).toString();
    return vscode.workspace.textDocuments.find((one) => one.uri.toString() === wanted);
  }

  private forget(job: string): void {
    this.offers.delete(job);
    [...this.texts.keys()]
      .filter((address) => read(vscode.Uri.parse(address)).job === job)
      .forEach((address) => this.texts.delete(address));
    void vscode.window.tabGroups.close(tabs(job), true);
  }

  private refresh(): void {
    const count = [...this.offers.values()].reduce(
      (sum, { hunks, candidates }) => sum + (hunks?.length || candidates?.length || 1),
      0,
    );
    this.counted.fire(count);
    this.lensesChanged.fire();
    tabs().forEach((tab) => this.changed.fire(tab.input.modified));
  }
}

/** The diffs that are open, of one job or of all. */
function tabs(job?: string): (vscode.Tab & { readonly input: vscode.TabInputTextDiff })[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter((tab): tab is vscode.Tab & { readonly input: vscode.TabInputTextDiff } => {
      const diff = tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.scheme === SCHEME;
      return diff && (job === undefined || read((tab.input as vscode.TabInputTextDiff).modified).job === job);
    });
}

function write(file: vscode.Uri, shown: Shown): vscode.Uri {
  return file.with({ scheme: SCHEME, query: JSON.stringify(shown) });
}

function read(address: vscode.Uri): Shown {
  return JSON.parse(address.query) as Shown;
}

/** `text` with the changes made; undefined if they are of another text. Lines end with `\n`. */
function proposed(text: string, hunks: readonly Hunk[]): string | undefined {
  const lines = plain(text).split(/(?<=\n)/);
  for (const { range, oldText, newText } of [...hunks].reverse()) {
    const [first, last] = [range.start.line, range.end.line];
    if (lines.slice(first, last).join('') !== plain(oldText)) {
      return undefined;
    }
    lines.splice(first, last - first, plain(newText));
  }
  return lines.join('');
}

/** Where each change stands in the text with all of them made. */
function moved(hunks: readonly Hunk[]): { hunk: Hunk; range: Range }[] {
  let shift = 0;
  return hunks.map((hunk) => {
    const first = hunk.range.start.line + shift;
    const count = lineCount(hunk.newText);
    shift += count - (hunk.range.end.line - hunk.range.start.line);
    return { hunk, range: { start: { line: first, character: 0 }, end: { line: first + count, character: 0 } } };
  });
}

function touches(range: vscode.Range, line: number): boolean {
  return range.start.line <= line && line < Math.max(range.end.line, range.start.line + 1);
}

function asRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

function lineCount(text: string): number {
  return text === '' ? 0 : plain(text).replace(/\n$/, '').split('\n').length;
}

function measured(hunks: readonly Hunk[]): string {
  const sum = (of: (hunk: Hunk) => string) => hunks.reduce((count, hunk) => count + lineCount(of(hunk)), 0);
  return `+${sum((hunk) => hunk.newText)} −${sum((hunk) => hunk.oldText)} lines`;
}

function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
