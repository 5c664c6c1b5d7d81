// Read-only pages: what would be sent, and what was used.

import * as vscode from 'vscode';
import type { Range } from 'vscode-languageclient';

const SCHEME = 'glm-page';
const PREVIEW = 'vscode.markdown.preview.editor';

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private readonly texts = new Map<string, string>();

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  /** As text, to be searched and copied. */
  async show(title: string, markdown: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.keep(title, markdown));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** As VS Code renders it. */
  async render(title: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', this.keep(title, markdown), PREVIEW);
  }

  private keep(title: string, markdown: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.texts.set(uri.path, markdown);
    this.changed.fire(uri);
    return uri;
  }
}

/** The answer of `glm.context`. */
export interface Context {
  readonly parts: readonly {
    readonly title: string;
    readonly uri?: string;
    readonly range?: Range;
    readonly tokens: number;
    readonly text: string;
  }[];
  readonly leftOut: readonly { readonly title: string; readonly why: string }[];
}

/** Everything that would be sent, in its order, and what would not. */
export function contextPage({ parts, leftOut }: Context, address: string): string {
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const shown = parts.map(({ title, uri, range, tokens, text }) => {
    const lines = range && `, lines ${range.start.line + 1}–${range.end.line + (range.end.character > 0 ? 1 : 0)}`;
    const where = uri === undefined ? '' : ` · ${vscode.workspace.asRelativePath(vscode.Uri.parse(uri))}${lines ?? ''}`;
    return `## ${title} · ${count(tokens)}${where}\n\n${fenced(text)}`;
  });
  return [
    '# What would be sent',
    `To ${address}: about ${count(tokens)}, in this order and nothing else. Nothing has been sent.`,
    ...shown,
    '# What is left out',
    leftOut.map(({ title, why }) => `- ${title}: ${why}`).join('\n') || 'Nothing.',
    '',
  ].join('\n\n');
}

function count(tokens: number): string {
  return `${tokens.toLocaleString('en')} ${tokens === 1 ? 'token' : 'tokens'}`;
}

/** In a fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text.replace(/\n$/, '')}\n${fence}`;
}

/** A day and action of `glm.usage`. `cost` in dollars, `seconds` in all. */
export interface Used {
  readonly day: string;
  readonly action: string;
  readonly requests: number;
  readonly failed: number;
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly cost: number | null;
  readonly seconds: number;
}

export function usagePage(log: readonly Used[]): string {
  const rows = log.map((one) => [
    // Without a place to break at.
    one.day.replaceAll('-', '\u2011'),
    one.action,
    String(one.requests),
    String(one.failed),
    one.prompt.toLocaleString('en'),
    one.cached.toLocaleString('en'),
    one.completion.toLocaleString('en'),
    one.cost === null ? 'unknown' : `$${one.cost.toFixed(4)}`,
    one.requests ? (one.seconds / one.requests).toFixed(1) : '',
  ]);
  const head = [
    'Day',
    'Action',
    'Requests',
    'Failed',
    'Tokens sent',
    'of them cached',
    'Tokens received',
    'Cost',
    'Seconds each',
  ];
  const rule = head.map((_, column) => (column < 2 ? '---' : '---:'));
  const table = [head, rule, ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['# Usage of the last 30 days', rows.length ? table.join('\n') : 'Nothing was sent.', ''].join('\n\n');
}
