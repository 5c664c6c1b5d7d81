// What the user has set, and only that: the server has defaults and layers of its own, and what it gets over LSP counts
// as set. The keys are those of package.json, which is made from the server's schema (settings.py).

import * as vscode from 'vscode';

export const SECTION = 'glm';

interface Contributed {
  readonly scope: string;
  readonly fromEditor?: 'never' | 'tighten';
}

/** Keys of the server's tree, without the section: `endpoint.baseUrl`. The extension's own are not among them. */
function contributed(extension: vscode.Extension<unknown>): Map<string, Contributed> {
  const sections = extension.packageJSON.contributes.configuration as { properties: Record<string, Contributed> }[];
  const keys = new Map<string, Contributed>();
  for (const [name, entry] of sections.flatMap((section) => Object.entries(section.properties))) {
    const key = name.slice(SECTION.length + 1);
    if (!key.startsWith('server.') && !key.startsWith('trace.')) {
      keys.set(key, entry);
    }
  }
  return keys;
}

/** The value of `key`, if it was set anywhere. */
function given(key: string): unknown {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const found = configuration.inspect(key);
  const layers = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue];
  return layers.some((value) => value !== undefined) ? configuration.get(key) : undefined;
}

/** What the server is told over LSP: nested, without what it takes from no editor. */
export function told(extension: vscode.Extension<unknown>): object {
  const tree: Record<string, unknown> = {};
  for (const [key, entry] of contributed(extension)) {
    const value = entry.fromEditor === 'never' ? undefined : given(key);
    if (value !== undefined) {
      const tables = key.split('.');
      const leaf = tables.pop()!;
      let table = tree;
      for (const name of tables) {
        table = (table[name] ??= {}) as Record<string, unknown>;
      }
      table[leaf] = value;
    }
  }
  return tree;
}

/** The settings that only the server's own environment may hold, as variables of it. */
export function environment(extension: vscode.Extension<unknown>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, entry] of contributed(extension)) {
    const value = entry.fromEditor === 'never' ? given(key) : undefined;
    if (value !== undefined && value !== null && value !== '') {
      variables[variable(key)] = typeof value === 'string' ? value : JSON.stringify(value);
    }
  }
  return variables;
}

/** Whether the change means another environment, and so another server process. */
export function needsRestart(extension: vscode.Extension<unknown>, event: vscode.ConfigurationChangeEvent): boolean {
  return (
    event.affectsConfiguration(`${SECTION}.server`) ||
    [...contributed(extension)].some(
      ([key, entry]) => entry.fromEditor === 'never' && event.affectsConfiguration(`${SECTION}.${key}`),
    )
  );
}

/** `endpoint.baseUrl` → `GLM_LSP_ENDPOINT__BASE_URL` */
function variable(key: string): string {
  const snake = key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`);
  return `GLM_LSP_${snake.replaceAll('.', '__').toUpperCase()}`;
}
