// Where the server is: the setting, the PATH, or the wheel that came with the extension, run by uv.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export interface Program {
  readonly command: string;
  readonly arguments: readonly string[];
}

/** Why there is no program. */
export class NoProgram extends Error {
  constructor(
    message: string,
    readonly named: boolean,
  ) {
    super(message);
  }
}

const EXTENSIONS = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];

/**
 * @param named what the user has set, or ''
 * @param folder of the extension
 * @throws NoProgram with the sentence for the user
 */
export function find(named: string, folder: string, variables: NodeJS.ProcessEnv): Program {
  if (named !== '') {
    const command = named.replace(/^~(?=$|[\\/])/, os.homedir());
    if (!path.isAbsolute(command) || !executable(command)) {
      throw new NoProgram(`There is no program at ${named}, where glm.server.path says the GLM server is.`, true);
    }
    return { command, arguments: ['serve'] };
  }
  const installed = onPath('glm-lsp', variables);
  if (installed !== undefined) {
    return { command: installed, arguments: ['serve'] };
  }
  const uvx = onPath('uvx', variables);
  const wheel = carried(folder);
  if (uvx !== undefined && wheel !== undefined) {
    return { command: uvx, arguments: ['--from', wheel, 'glm-lsp', 'serve'] };
  }
  throw new NoProgram('The GLM server was not found: there is no glm-lsp in the PATH, and no uvx to fetch it.', false);
}

/** The program `name`, by its whole path: never one of the folder the editor happens to stand in. */
function onPath(name: string, variables: NodeJS.ProcessEnv): string | undefined {
  return (variables['PATH'] ?? '')
    .split(path.delimiter)
    .filter(path.isAbsolute)
    .flatMap((folder) => EXTENSIONS.map((extension) => path.join(folder, name + extension)))
    .find(executable);
}

function executable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The server's wheel that the extension carries. */
function carried(folder: string): string | undefined {
  const place = path.join(folder, 'server');
  const wheel = fs.existsSync(place) ? fs.readdirSync(place).find((name) => name.endsWith('.whl')) : undefined;
  return wheel === undefined ? undefined : path.join(place, wheel);
}
