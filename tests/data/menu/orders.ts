// @ finding automatic: fix, explain-diagnostic
import { readFileSync } from "node:fs";

// @ invoked: explain-file

export interface Line {
  // @ invoked: refactor, explain, suggest, document
  name: string;
  price: number;
}

/** The sum of an order's lines. */
export function total(lines: Line[]): number {
  // @ invoked: refactor, explain, suggest, tests
  // @ lines 1 invoked: refactor, explain, suggest, extract
  // @ finding invoked: fix, explain-diagnostic, refactor, explain, suggest, tests
  // @ finding automatic: fix, explain-diagnostic
  // @ automatic:
  return lines.reduce((sum, line) => sum + line.price, 0);
}

export function late(order, today: Date): boolean {
  // @ invoked: refactor, explain, suggest, types, document, simplify, tests
  if (order.paid) {
    return false;
  } else if (!order.due) {
    return false;
  }
  return order.due < today;
}

/** Reads what other shops send. */
export function importAll(path: string): Line[] {
  // @ invoked: complete, refactor, explain, suggest, handle-errors, tests
  // TODO: look at the version
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Writes all orders. */
// @ invoked: complete, refactor, explain, suggest, tests
export function exportAll(path: string): void {}

/** What is written to whom we owe. */
export const refund = (name: string): string => {
  // Wer zurückgibt, bekommt sein Geld.
  // @ invoked: refactor, explain, suggest, translate-comments, tests
  return `Dear ${name}`;
};

/** The first of the orders. */
export function first(url: string): Promise<Line> {
  // @ invoked: refactor, explain, suggest, handle-errors, modernise, tests
  return fetch(url).then((answer) => answer.json());
}

// glm: give the amount in cents
export function amount(price: number): number {
  // @ invoked: edit, refactor, explain, suggest, tests
  return price;
}

export class Order {
  constructor(readonly name: string) {}

  /** As it stands on the parcel. */
  title(): string {
    // @ invoked: refactor, explain, suggest, tests
    return this.name.toUpperCase();
  }
}
