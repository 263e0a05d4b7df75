// A table asked with a word that others wrote.

/** Its own entry only: every object has a `constructor`, and a model may well name a language so. */
export function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
