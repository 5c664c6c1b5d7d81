import { readFileSync } from "node:fs";

export function settings(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, "utf8"));
}
