// Takes secrets out of text by exact value, and by their base64, URL and JSON forms, also where a stream cuts one in two.

export interface Redactor {
  /** The whole text with every form of every secret replaced. */
  redact(text: string): string;
  /** A redactor for one stream: what may be the beginning of a secret is held back until the next chunk. */
  open(): RedactingStream;
}

export interface RedactingStream {
  push(chunk: string): string;
  /** What was held back. */
  end(): string;
}

export const REDACTED = "[secret]";

/** Shorter values would tear holes into ordinary text; no provider gives keys that short. */
const SECRET_MIN = 6;
const FORM_MIN = 6;

export function createRedactor(secrets: Iterable<string>): Redactor {
  const forms = [...new Set([...secrets].filter((secret) => secret.length >= SECRET_MIN).flatMap(formsOf))]
    .filter((form) => form.length >= FORM_MIN)
    .toSorted((a, b) => b.length - a.length);
  if (forms.length === 0) return { redact: (text) => text, open: () => ({ push: (chunk) => chunk, end: () => "" }) };
  const pattern = new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
  const redact = (text: string): string => text.replace(pattern, REDACTED);
  return { redact, open: () => openStream(forms, pattern) };
}

function openStream(forms: readonly string[], pattern: RegExp): RedactingStream {
  const longest = forms[0]?.length ?? 0;
  const firstChars = new Set(forms.map((form) => form[0]));
  let held = "";

  /** Where a suffix starts that some form could continue. */
  function holdFrom(text: string, from: number): number {
    for (let index = Math.max(from, text.length - longest + 1); index < text.length; index += 1) {
      if (!firstChars.has(text[index])) continue;
      const rest = text.slice(index);
      if (forms.some((form) => form.length > rest.length && form.startsWith(rest))) return index;
    }
    return text.length;
  }

  return {
    push(chunk) {
      const text = held + chunk;
      const safe = holdFrom(text, 0);
      let out = "";
      let at = 0;
      for (const match of text.matchAll(pattern)) {
        // Once a longer form may still be coming, a shorter one that begins there must wait for it.
        if (match.index >= safe) break;
        out += text.slice(at, match.index) + REDACTED;
        at = match.index + match[0].length;
      }
      const cut = Math.max(at, holdFrom(text, at));
      held = text.slice(cut);
      return out + text.slice(at, cut);
    },
    end() {
      const rest = held.replace(pattern, REDACTED);
      held = "";
      return rest;
    },
  };
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  return [
    secret,
    url,
    url.toLowerCase() === url ? url : url.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    url.replaceAll("%20", "+"),
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
    ...base64Forms(secret),
  ];
}

/** Base64 of a secret depends on what stands before it: the part that all neighbours leave alone, for each of three offsets. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset += 1) {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const start = [0, 2, 3][offset] ?? 0;
    const end = (offset + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
    const stable = whole.slice(start, end);
    forms.push(stable, stable.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}
