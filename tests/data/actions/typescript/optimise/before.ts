export function common(left: string[], right: string[]): string[] {
  const found: string[] = [];
  for (const one of left) {
    for (const other of right) {
      if (one === other && !found.includes(one)) {
        found.push(one);
      }
    }
  }
  return found;
}
