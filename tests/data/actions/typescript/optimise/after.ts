export function common(left: string[], right: string[]): string[] {
  const wanted = new Set(right);
  // A set keeps the order in which they were found.
  return [...new Set(left.filter((one) => wanted.has(one)))];
}
