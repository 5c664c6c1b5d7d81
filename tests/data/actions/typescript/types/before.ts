import { promises } from "node:fs";

export function mean(values, fallback) {
  if (values.length === 0) {
    return fallback;
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
