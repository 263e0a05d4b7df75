// The known word that somebody most likely meant.

import { editDistance } from "../domain/edit-distance.ts";

/** The known word that takes fewest changes, at most `limit` and less than half of its letters; null where none is near. */
export function nearest(word: string, known: readonly string[], limit: number): string | null {
  let best: string | null = null;
  let bestChanges = limit + 1;
  for (const candidate of known) {
    const changes = editDistance(word, candidate);
    if (changes < bestChanges && changes * 2 < candidate.length + 1) {
      best = candidate;
      bestChanges = changes;
    }
  }
  return best;
}
