export function first(url: string) {
  var found = fetch(url).then(function (answer) {
    return answer.json();
  });
  return found.then(function (rows) {
    return rows[0];
  });
}
