// The answer of `glm.suggest`: refactorings to choose from, each shown in the text as one goes through them.

import * as vscode from 'vscode';
import type { Range } from 'vscode-languageclient';

import type { Attention } from './attention';
import type { Job, Suggestion } from './job';
import type { Question } from './question';
import type { Server } from './server';

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
        this.pick(job, found),
      );
    }
  }

  private async pick(job: Job, found: readonly Suggestion[]): Promise<void> {
    const uri = this.server.asUri(job.uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preserveFocus: true });
    const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { suggestion: Suggestion }>();
    pick.title = job.title;
    pick.placeholder = 'Enter makes the change';
    pick.matchOnDetail = true;
    pick.items = found.map((suggestion) => ({
      label: suggestion.title.replaceAll('`', ''),
      description: lines(suggestion.range),
      detail: suggestion.why.replaceAll('`', ''),
      suggestion,
    }));
    pick.onDidChangeActive(([item]) => {
      if (item) {
        const { range: there } = item.suggestion;
        const range = new vscode.Range(there.start.line, 0, last(there), 0);
        editor.setDecorations(this.mark, [range]);
        editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    });
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      pick.dispose();
      if (item) {
        const { range, instruction, version } = item.suggestion;
        const wanted: Question = { action: 'edit', uri: job.uri, range, version, instruction };
        void this.server.execute('glm.run', wanted);
      }
    });
    pick.onDidHide(() => {
      editor.setDecorations(this.mark, []);
      pick.dispose();
    });
    pick.show();
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
