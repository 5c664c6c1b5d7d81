export function summary(name: string, lines: string[]): string {
  const found = lines.filter((line) => line.includes(name));
  const errors = found.filter((line) => line.includes("ERROR"));
  const warnings = found.filter((line) => line.includes("WARNING"));
  const text = `${errors.length} errors, ${warnings.length} warnings`;
  return `${name}: ${text}`;
}
