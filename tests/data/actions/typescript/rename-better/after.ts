export function spread(xs: number[]): number[] {
  const lowest = Math.min(...xs);
  const highest = Math.max(...xs);
  const middle = (lowest + highest) / 2;
  return xs.map((x) => x - middle);
}
