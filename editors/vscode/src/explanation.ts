// Explanations, as they stream: a virtual Markdown document, shown as VS Code's own preview beside the code. The
// keyboard stays where it is.

import * as vscode from 'vscode';

import { isOver, type Job } from './job';

const SCHEME = 'glm-explanation';
const PREVIEW = 'vscode.markdown.preview.editor';

/** One document for all: each further one would open a further tab. */
const DOCUMENT = vscode.Uri.from({ scheme: SCHEME, path: '/GLM Explanation.md' });

export class Explanation implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private job = '';
  private heading = '';
  private text = '';

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  provideTextDocumentContent(): string {
    return this.heading + this.text;
  }

  /** The server is gone; the next one counts its jobs from 1 again. */
  end(): void {
    this.job = '';
  }

  take(job: Job): void {
    if (job.mode !== 'explain') {
      return;
    }
    if (job.text !== undefined && job.job !== this.job && Number(job.job) > Number(this.job)) {
      this.job = job.job;
      this.heading = `## ${job.title}\n\n${place(job)}\n\n---\n\n`;
      this.text = '';
      void show();
    }
    if (job.job !== this.job) {
      return;
    }
    if (job.text !== undefined) {
      this.text = job.text.anew ? job.text.append : this.text + job.text.append;
    }
    if (isOver(job) && job.state !== 'delivered') {
      this.text += '\n\n---\n\n*This explanation is not complete.*\n';
    }
    this.changed.fire(DOCUMENT);
  }
}

/** Which lines of which file, as code, so that no name is taken for Markdown. */
function place(job: Job): string {
  const name = vscode.Uri.parse(job.uri).path.split('/').pop() ?? '';
  const [first, last] = [job.range.start.line + 1, job.range.end.line + 1];
  return `\`${name.replaceAll('`', "'")}\`, ${first === last ? `line ${first}` : `lines ${first}–${last}`}`;
}

async function show(): Promise<void> {
  const open = vscode.window.tabGroups.all.find((group) => group.tabs.some(isOurs));
  const viewColumn = open?.viewColumn ?? vscode.ViewColumn.Beside;
  await vscode.commands.executeCommand('vscode.openWith', DOCUMENT, PREVIEW, { viewColumn, preserveFocus: true });
}

function isOurs(tab: vscode.Tab): boolean {
  return tab.input instanceof vscode.TabInputCustom && tab.input.uri.toString() === DOCUMENT.toString();
}

interface Token {
  readonly content: string;
  attrGet(name: string): string | null;
}
type Rule = (tokens: Token[], index: number, options: unknown, env: unknown, self: Renderer) => string;
interface Renderer {
  readonly rules: Record<string, Rule | undefined>;
  renderToken(tokens: Token[], index: number, options: unknown): string;
}
interface MarkdownIt {
  readonly renderer: Renderer;
  readonly utils: { escapeHtml(text: string): string };
}

/**
 * Makes what a model wrote inert where it is shown: a picture or a tag would be fetched, and its address can hold what
 * the model was given to read. Pictures become their text, tags are shown as they were written, links are not links.
 */
export function inert(markdown: MarkdownIt): MarkdownIt {
  const { renderer, utils } = markdown;
  const instead: Record<string, Rule> = {
    image: (tokens, index) => utils.escapeHtml(tokens[index]!.content),
    html_block: (tokens, index) => `<p>${utils.escapeHtml(tokens[index]!.content)}</p>`,
    html_inline: (tokens, index) => utils.escapeHtml(tokens[index]!.content),
    link_open: (tokens, index) => `<span title="${utils.escapeHtml(tokens[index]!.attrGet('href') ?? '')}">`,
    link_close: () => '</span>',
  };
  for (const [name, rule] of Object.entries(instead)) {
    const usual = renderer.rules[name];
    renderer.rules[name] = (tokens, index, options, env, self) => {
      if (isExplanation(env)) {
        return rule(tokens, index, options, env, self);
      }
      return usual ? usual(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
    };
  }
  return markdown;
}

/** Whether VS Code renders our document: it says so in the environment of the rendering. */
function isExplanation(env: unknown): boolean {
  return (env as { currentDocument?: vscode.Uri } | undefined)?.currentDocument?.scheme === SCHEME;
}
