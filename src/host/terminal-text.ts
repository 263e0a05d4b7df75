// Text that a program sends for people to read: a title, a folder, a link.

/** Without controls, bidi and other characters that show nothing. */
export function printable(text: string, charsMax: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").slice(0, charsMax);
}
