interface User {
  active: boolean;
  name?: string;
}

export function namesOf(users: User[]): string[] {
  return users.flatMap((user) => (user.active && user.name !== undefined ? [user.name] : []));
}
