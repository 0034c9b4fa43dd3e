/**
 * `; did you mean --port?` for the candidate nearest to the name that was written, or nothing where
 * none is near. `--` and `RABBITQL_` count for nothing, as they are in nearly every name.
 */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  const completions = names.filter((name) => stem(name).startsWith(stem(written)));
  const suggestion = completions.length === 1 ? completions[0] : nearest(written, names);
  return suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
}

function nearest(written: string, names: readonly string[]): string | undefined {
  let found: string | undefined;
  let least = Math.max(2, Math.floor(stem(written).length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(stem(written), stem(name));
    if (distance < least) [found, least] = [name, distance];
  }
  return found;
}

function stem(name: string): string {
  return name.toLowerCase().replace(/^(?:--|rabbitql_)/, "");
}

/** Levenshtein distance: insertions, deletions and substitutions of one UTF-16 unit. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 0; row < from.length; row += 1) {
    const current = [row + 1];
    for (let column = 0; column < to.length; column += 1) {
      const substituted = (previous[column] ?? 0) + (from[row] === to[column] ? 0 : 1);
      const deleted = (previous[column + 1] ?? 0) + 1;
      const inserted = (current[column] ?? 0) + 1;
      current.push(Math.min(substituted, deleted, inserted));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
