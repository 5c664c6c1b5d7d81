export async function first(url: string) {
  const answer = await fetch(url);
  const rows = await answer.json();
  return rows[0];
}
