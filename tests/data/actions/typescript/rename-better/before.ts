export function spread(xs: number[]): number[] {
  const a = Math.min(...xs);
  const b = Math.max(...xs);
  const c = (a + b) / 2;
  return xs.map((x) => x - c);
}
