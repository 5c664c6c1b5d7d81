import { readFileSync } from "node:fs";
import { existsSync } from "node:fs";

export function settings(path: string): Record<string, string> {
  if (!existsSync(path)) {
    return {};
  }
  const text = readFileSync(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
}
