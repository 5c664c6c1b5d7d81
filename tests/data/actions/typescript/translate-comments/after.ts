export function due(date: Date | null, today: Date): boolean {
  // Without a date, the invoice is to be paid today.
  if (date === null) return true;
  return date < today;
}
