// Knows an API key in a text by its first letters, so that none is sent as a message by mistake.

/** What may be a key: its tail is long and random, so that without a digit it is more likely a word (`sk-learn-…`). */
export const keyPattern = /(?<![A-Za-z0-9_-])(?:sk-|nvapi-|gsk_|xai-|hf_|pplx-|fw_|AIza)[A-Za-z0-9_.-]{16,}/g;

/** The first API key in a text, or null. */
export function findKey(text: string): string | null {
  for (const [match] of text.matchAll(keyPattern)) if (/\d/.test(match)) return match;
  return null;
}

/** One word of printable ASCII, whosever it is: all else comes of a slip in copying, and no request could carry most of it. */
export function canBeKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

const wholeKey = /^(?:sk-|nvapi-|gsk_|xai-|hf_|pplx-|fw_|AIza)[A-Za-z0-9_.-]{8,}$/;

/** True where the text is a key and nothing else: alone, a shorter tail is enough. */
export function isKey(text: string): boolean {
  return wholeKey.test(text.trim());
}
