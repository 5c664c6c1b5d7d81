export function status(paid: boolean, due: boolean): string {
  if (paid) {
    return "paid";
  }
  return due ? "late" : "open";
}

export const area = (width: number, height: number) => width * height;
