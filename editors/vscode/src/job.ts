// The server's `glm/job` and `glm/apply`: glm_lsp/lsp/schemas/job.json and apply.json.

import type { Range } from 'vscode-languageclient';

export interface Job {
  readonly job: string;
  readonly seq: number;
  readonly state:
    | 'queued'
    | 'gathering'
    | 'waiting'
    | 'streaming'
    | 'checking'
    | 'offered'
    | 'delivering'
    | 'delivered'
    | 'refused'
    | 'failed'
    | 'cancelled';
  readonly action: string;
  readonly mode: 'edit' | 'explain' | 'suggest';
  readonly title: string;
  readonly uri: string;
  readonly range: Range;
  readonly tokens: number;
  readonly seconds: number;
  readonly retryInSeconds?: number;
  /** What prompt and reply will take; `cost` in dollars. */
  readonly estimate?: { readonly tokens: number; readonly cost: number | null };
  readonly message?: Message;
  readonly text?: { readonly append: string; readonly anew?: boolean };
  readonly hunks?: readonly Hunk[];
  readonly candidates?: readonly Candidate[];
  readonly result?: readonly Suggestion[];
}

/** `next`: what to do; `reason`: why, in one word of the server's. */
export interface Message {
  readonly level: 'error' | 'warning' | 'info';
  readonly text: string;
  readonly next?: string;
  readonly reason?: string;
}

/** A refactoring that is suggested. `range` counts in the document of `version`. */
export interface Suggestion {
  readonly title: string;
  readonly why: string;
  readonly range: Range;
  readonly instruction: string;
  readonly version: number;
}

/** Whole lines of a document as it is now, and what would stand in their place. */
export interface Hunk {
  readonly id: number;
  readonly uri: string;
  readonly range: Range;
  readonly oldText: string;
  readonly newText: string;
}

/** One of several answers to the same question. `cost` in dollars. */
export interface Candidate {
  readonly id: string;
  readonly label: string;
  readonly cost: number | null;
  readonly tokens: number;
  /** None: there is nothing to accept, and `message` says why. */
  readonly hunks: readonly Hunk[];
  readonly message?: Message;
}

export interface Edit {
  readonly range: Range;
  readonly newText: string;
  readonly oldText: string;
}

export interface File {
  readonly uri: string;
  readonly version: number | null;
  readonly edits: readonly Edit[];
  readonly create?: boolean;
  readonly rename?: string;
  readonly delete?: boolean;
}

export interface Apply {
  readonly job: string;
  readonly label: string;
  readonly files: readonly File[];
  readonly confirm?: readonly string[];
}

export interface Applied {
  readonly applied: boolean;
  readonly reason?: string;
}

const ENDS = new Set<Job['state']>(['offered', 'delivered', 'refused', 'failed', 'cancelled']);

/** Whether nobody works on it now. One that is `offered` waits for the user, and may be worked on again. */
export function isOver(job: Job): boolean {
  return ENDS.has(job.state);
}

const PHASES: Partial<Record<Job['state'], string>> = {
  queued: 'queued',
  gathering: 'gathering context',
  waiting: 'waiting for the model',
  streaming: 'answering',
  checking: 'checking the reply',
  delivering: 'applying',
};

/** What a person reads beside a spinner. `since` are seconds since the server last told. */
export function progress(job: Job, since: number): string {
  const phase =
    job.retryInSeconds === undefined
      ? (PHASES[job.state] ?? job.state)
      : `trying again in ${Math.max(0, Math.round(job.retryInSeconds - since))} s`;
  return [phase, taken(job), `${Math.round(job.seconds + since)} s`].filter(Boolean).join(', ');
}

function taken({ tokens, estimate }: Job): string {
  if (tokens > 0 || estimate === undefined) {
    return tokens > 0 ? `${tokens} tokens` : '';
  }
  return `about ${price(estimate)}`;
}

/** Tokens, and dollars where they are known. */
export function price({ tokens, cost }: { readonly tokens: number; readonly cost: number | null }): string {
  return `${tokens.toLocaleString('en')} tokens${cost === null ? '' : `, $${cost.toFixed(4)}`}`;
}
