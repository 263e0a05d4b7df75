// Stands between an SDK and the door: sends only the headers we mean to send, and keeps refusals and errors as they came.

/** A response that was not 2xx, bounded, as far as it could be read. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface GuardedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** What the last request ended in, if not in a stream. */
  ending(): { readonly type: "refused"; readonly refusal: Refusal } | { readonly type: "broken"; readonly error: unknown } | null;
}

/**
 * SDKs add headers of their own, among them whatever OPENAI_CUSTOM_HEADERS and ANTHROPIC_CUSTOM_HEADERS say and a
 * placeholder key (read in openai 7.55 and @anthropic-ai/sdk 1.10); credentials are the door's to attach.
 */
const SENT_HEADERS = ["content-type", "accept", "anthropic-version"];

const MAX_REFUSAL_BYTES = 64 * 1024;

export function guardFetch(fetch: typeof globalThis.fetch): GuardedFetch {
  let ending: ReturnType<GuardedFetch["ending"]> = null;

  const guarded: typeof globalThis.fetch = async (input, init) => {
    ending = null;
    const given = new Headers(init?.headers);
    const headers = new Headers({ accept: "text/event-stream", "user-agent": "interpane" });
    for (const name of SENT_HEADERS) {
      const value = given.get(name);
      if (value !== null && name !== "accept") headers.set(name, value);
    }
    try {
      // A followed 307 would hand the whole prompt to another origin.
      const response = await fetch(input, { ...init, headers, redirect: "manual" });
      if (response.ok) return response;
      const body = await readBounded(response);
      ending = { type: "refused", refusal: { status: response.status, headers: response.headers, body } };
      // The SDK only needs to see that it failed; what it was is kept above.
      return new Response(null, { status: 400 });
    } catch (error) {
      ending ??= { type: "broken", error };
      throw error;
    }
  };

  return { fetch: guarded, ending: () => ending };
}

/** The beginning of a body as text; never rejects, since a refusal is worth telling even when its body is cut. */
export async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    while (bytes < MAX_REFUSAL_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came so far is all there is.
  }
  void reader.cancel().catch(() => undefined);
  return text;
}
