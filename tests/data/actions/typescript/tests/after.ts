export function status(paid: boolean, due: boolean): string {
  if (paid) {
    return "paid";
  } else {
    if (due) {
      return "late";
    } else {
      return "open";
    }
  }
}

export const area = (width: number, height: number) => width * height;
