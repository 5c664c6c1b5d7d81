import { readFileSync } from "node:fs";

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

export function words(path: string): number {
  const text = read(path);
  return text.split(" ").length;
}
