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
  readonly mode?: 'edit' | 'explain';
  readonly title: string;
  readonly uri: string;
  readonly range: Range;
  readonly tokens: number;
  readonly seconds: number;
  readonly retryInSeconds?: number;
  readonly message?: { readonly level: 'error' | 'warning' | 'info'; readonly text: string; readonly next?: string };
  readonly text?: { readonly append: string; readonly anew?: boolean };
  readonly result?: unknown;
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

export function isOver(job: Job): boolean {
  return ENDS.has(job.state);
}

export function explains(job: Job): boolean {
  return (job.mode ?? (job.action === 'explain' ? 'explain' : 'edit')) === 'explain';
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
  const tokens = job.tokens > 0 ? `, ${job.tokens} tokens` : '';
  return `${phase}${tokens}, ${Math.round(job.seconds + since)} s`;
}
