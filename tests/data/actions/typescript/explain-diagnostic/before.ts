import { readFileSync } from "node:fs";

export interface Line {
  name: string;
  amount: number;
  price: number;
}

export function load(folder: string): Line[] {
  return JSON.parse(readFileSync(join(folder, "lines.json"), "utf8"));
}

export function total(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + line.amount * line.price, 0);
}
