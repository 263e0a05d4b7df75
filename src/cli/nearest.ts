// The known word that somebody most likely meant.

/** The known word that takes fewest changes, at most `limit` and less than half of its letters; null where none is near. */
export function nearest(word: string, known: readonly string[], limit: number): string | null {
  let best: string | null = null;
  let bestChanges = limit + 1;
  for (const candidate of known) {
    const changes = changesBetween(word, candidate);
    if (changes < bestChanges && changes * 2 < candidate.length + 1) {
      best = candidate;
      bestChanges = changes;
    }
  }
  return best;
}

/** Insertions, deletions, replacements, and swaps of neighbours. */
function changesBetween(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    older = old;
    old = row;
  }
  return old[b.length] ?? 0;
}
