export function summary(name: string, lines: string[]): string {
  const found = lines.filter((line) => line.includes(name));
  return `${name}: ${counted(found)}`;
}

function counted(lines: string[]): string {
  const errors = lines.filter((line) => line.includes("ERROR"));
  const warnings = lines.filter((line) => line.includes("WARNING"));
  return `${errors.length} errors, ${warnings.length} warnings`;
}
