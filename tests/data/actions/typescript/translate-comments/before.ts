export function due(date: Date | null, today: Date): boolean {
  // Sin fecha, la factura se debe pagar según el día de hoy.
  if (date === null) return true;
  return date < today;
}
