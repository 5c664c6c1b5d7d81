// The answer of `glm.suggest`: refactorings to choose from, each shown in the text as one goes through them.

import * as vscode from 'vscode';
import type { Range } from 'vscode-languageclient';

import type { Attention, Picker } from './attention';
import type { Job, Suggestion } from './job';
import type { Question } from './question';
import type { Server } from './server';

type Item = vscode.QuickPickItem & { readonly suggestion: Suggestion };

export class Suggestions implements vscode.Disposable {
  private readonly mark = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    isWholeLine: true,
  });

  constructor(
    private readonly server: Server,
    private readonly attention: Attention,
  ) {}

  dispose(): void {
    this.mark.dispose();
  }

  take(job: Job): void {
    const found = job.result;
    if (job.state === 'delivered' && found?.length) {
      void this.attention.take(job.seconds, `${job.title}: ${found.length} to choose from.`, () =>
        this.picker(job, found),
      );
    }
  }

  private async picker(job: Job, found: readonly Suggestion[]): Promise<Picker<Item>> {
    const uri = this.server.asUri(job.uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preserveFocus: true });
    const list = vscode.window.createQuickPick<Item>();
    list.title = job.title;
    list.placeholder = 'Enter makes the change';
    list.matchOnDetail = true;
    list.items = found.map((suggestion) => ({
      label: suggestion.title.replaceAll('`', ''),
      description: lines(suggestion.range),
      detail: suggestion.why.replaceAll('`', ''),
      suggestion,
    }));
    list.onDidChangeActive(([item]) => {
      if (item) {
        const { range: there } = item.suggestion;
        const range = new vscode.Range(there.start.line, 0, last(there), 0);
        editor.setDecorations(this.mark, [range]);
        editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    });
    list.onDidHide(() => editor.setDecorations(this.mark, []));
    const accept = ({ suggestion: { range, instruction, version } }: Item) => {
      list.hide();
      const wanted: Question = { action: 'edit', uri: job.uri, range, version, instruction };
      void this.server.execute('glm.run', wanted);
    };
    return { list, accept };
  }
}

function lines(range: Range): string {
  const first = range.start.line + 1;
  return last(range) + 1 === first ? `line ${first}` : `lines ${first}–${last(range) + 1}`;
}

/** The last line, from 0: a range that ends where a line begins does not hold that line. */
function last({ start, end }: Range): number {
  return Math.max(start.line, end.character > 0 ? end.line : end.line - 1);
}
