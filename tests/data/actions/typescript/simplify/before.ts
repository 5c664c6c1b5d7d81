interface User {
  active: boolean;
  name?: string;
}

export function namesOf(users: User[]): string[] {
  const result: string[] = [];
  for (const user of users) {
    if (user.active) {
      if (user.name !== undefined) {
        const name = user.name;
        result.push(name);
      }
    }
  }
  return result;
}
