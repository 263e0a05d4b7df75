// One word of a shell's line, whatever stands in it.

/** For bash, zsh and every other shell of that family. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** In fish a backslash means itself within quotes only where no quote and no backslash follows. */
export function fishQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
