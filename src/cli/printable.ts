// Text of models and programs made safe for a terminal: nothing in it can move the cursor, hide, or reorder what is read.

/** Control characters but tab and line end, and those that reorder text or show as nothing. */
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
/** Joiners and variation selectors too: right in prose and emoji, not in code that somebody is to approve. */
const HIDDEN_IN_CODE = /\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** For reading: what is not text is taken out. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, "");
}

/** For approving: what hides is shown by its number. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeCharacter).replace(HIDDEN_IN_CODE, escapeCharacter);
}
