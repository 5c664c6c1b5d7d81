// The API key: kept in VS Code's secret storage, one for each origin, and handed to the server in its environment,
// never over LSP, where it would be traced. A key that leaks is gone, so it travels with the address it belongs to.

import * as vscode from 'vscode';

import { environment } from './settings';

const DEFAULT_ORIGIN = 'https://hub.oxen.ai';

type Environment = Record<string, string | undefined>;

const ADDRESS = 'GLM_LSP_ENDPOINT__BASE_URL';
const SHORT_ADDRESS = 'GLM_LSP_BASE_URL';
const KEY = 'GLM_LSP_API_KEY';

/** The address the environment names; undefined: the server's config file or default says. */
function address(variables: Environment): string | undefined {
  return variables[ADDRESS] || variables[SHORT_ADDRESS] || undefined;
}

/** Scheme, host and port of an address; undefined where no key is needed or the address is none. */
function origin(base: string | undefined): string | undefined {
  if (base === undefined) {
    return DEFAULT_ORIGIN;
  }
  const found = URL.canParse(base) ? new URL(base).origin : 'null';
  return found === 'null' ? undefined : found;
}

export class ApiKey {
  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The origin a key is kept for now. */
  get origin(): string | undefined {
    return origin(address({ ...process.env, ...environment(this.context.extension) }));
  }

  async keep(value: string, target: string): Promise<void> {
    await this.context.secrets.store(slot(target), value);
  }

  async forget(target: string): Promise<boolean> {
    const known = (await this.context.secrets.get(slot(target))) !== undefined;
    await this.context.secrets.delete(slot(target));
    return known;
  }

  /** The environment of a server: VS Code's, what its settings say of the endpoint, and the key kept for that. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const variables: Environment = { ...process.env };
    const inherited = origin(address(variables));
    const set = environment(this.context.extension);
    if (set[ADDRESS] !== undefined) {
      delete variables[SHORT_ADDRESS];
    }
    Object.assign(variables, set);
    const target = origin(address(variables));
    if (target !== inherited) {
      // It belongs to the address that stood beside it.
      delete variables[KEY];
    }
    const kept = target === undefined ? undefined : await this.context.secrets.get(slot(target));
    if (kept !== undefined) {
      variables[KEY] = kept;
    }
    return variables;
  }
}

function slot(target: string): string {
  return `apiKey ${target}`;
}
