// Finds what was half typed: a query's characters in order inside a candidate, best first. Small on purpose: lists here are
// a few hundred rows, and positions must be UTF-16 offsets that the view can mark.

export interface FuzzyMatch {
  /** Place in the list of candidates. */
  readonly index: number;
  /** Higher is better; comparable only within one call. */
  readonly score: number;
  /** Offsets of the matched characters, rising. */
  readonly positions: readonly number[];
}

const SCORE_MATCH = 16;
const BONUS_FIRST = 14;
const BONUS_WORD = 10;
const BONUS_CAMEL = 8;
const BONUS_NEXT = 12;
const BONUS_CASE = 1;
const GAP = 2;
const GAP_MAX = 10;
const CANDIDATE_MAX = 400;

/** Every word of the query must match (`cl son` finds `claude-sonnet`). Equal scores keep their order. An empty query matches all. */
export function fuzzyMatch(query: string, candidates: readonly string[]): FuzzyMatch[] {
  const words = query.split(/\s+/u).filter((word) => word !== "");
  const matches: FuzzyMatch[] = [];
  candidates.forEach((candidate, index) => {
    const match = matchWords(words, candidate);
    if (match !== null) matches.push({ index, ...match });
  });
  return matches.sort((a, b) => b.score - a.score || a.index - b.index);
}

function matchWords(words: readonly string[], candidate: string): { score: number; positions: number[] } | null {
  const text = candidate.slice(0, CANDIDATE_MAX);
  const positions = new Set<number>();
  let score = 0;
  for (const word of words) {
    const match = matchWord(word, text);
    if (match === null) return null;
    score += match.score;
    for (const position of match.positions) positions.add(position);
  }
  // Among equals the shorter candidate is the likelier one.
  return { score: words.length === 0 ? 0 : score - text.length / 50, positions: [...positions].sort((a, b) => a - b) };
}

/** Lower case without changing offsets: a character whose lower case is longer stays as it is (İ). */
function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text
    .split("")
    .map((unit) => (unit.toLowerCase().length === 1 ? unit.toLowerCase() : unit))
    .join("");
}

/** The best way to lay `word` into `text`: rows are the word's characters, a cell is the best score that ends there. */
function matchWord(word: string, text: string): { score: number; positions: number[] } | null {
  const wanted = fold(word);
  const have = fold(text);
  if (wanted.length > have.length) return null;
  const from: Int16Array[] = [];
  let previous: number[] = [];
  for (let row = 0; row < wanted.length; row++) {
    const scores = new Array<number>(have.length).fill(-Infinity);
    const origin = new Int16Array(have.length).fill(-1);
    let best = -Infinity;
    let bestAt = -1;
    for (let at = row; at < have.length; at++) {
      // `best` is the best earlier end of the row above, its gap penalty growing as we move away.
      if (row > 0 && at > 0) {
        const candidate = previous[at - 1] ?? -Infinity;
        best = bestAt >= 0 && at - bestAt <= GAP_MAX ? best - GAP : best;
        if (candidate >= best) [best, bestAt] = [candidate, at - 1];
      }
      if (have[at] !== wanted[row]) continue;
      const own = SCORE_MATCH + bonusAt(text, at) + (text[at] === word[row] ? BONUS_CASE : 0);
      if (row === 0) {
        scores[at] = own - Math.min(at, GAP_MAX) * 0.5;
        continue;
      }
      const adjacent = (previous[at - 1] ?? -Infinity) + BONUS_NEXT;
      const useAdjacent = adjacent >= best;
      const before = useAdjacent ? adjacent : best;
      if (before === -Infinity) continue;
      scores[at] = before + own;
      origin[at] = useAdjacent ? at - 1 : bestAt;
    }
    from.push(origin);
    previous = scores;
  }
  let end = -1;
  for (let at = 0; at < previous.length; at++) if ((previous[at] ?? -Infinity) > (previous[end] ?? -Infinity)) end = at;
  if (end < 0) return null;
  const score = previous[end] ?? 0;
  const positions: number[] = [];
  for (let row = wanted.length - 1, at = end; row >= 0; row--) {
    positions.unshift(at);
    at = from[row]?.[at] ?? -1;
  }
  return { score, positions };
}

function bonusAt(text: string, at: number): number {
  if (at === 0) return BONUS_FIRST;
  const before = text[at - 1] ?? "";
  if (/[\s/\-_.:@,()[\]]/u.test(before)) return BONUS_WORD;
  const here = text[at] ?? "";
  const isCamel = before !== before.toUpperCase() && here !== here.toLowerCase();
  return isCamel || (/\D/u.test(before) && /\d/u.test(here)) ? BONUS_CAMEL : 0;
}
