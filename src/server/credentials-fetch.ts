// A fetch through the door with a credential on it: one that its provider refuses is renewed, and the request sent once more.

import type { Door, Passage } from "../net/door.ts";
import { DoorError } from "../net/door-error.ts";
import type { CredentialQuery, OpenCredential, OpenedCredential } from "./credentials-open.ts";

type Opened = Extract<OpenedCredential, { ok: true }>;

export interface CredentialFetch {
  readonly door: Door;
  readonly passage: Omit<Passage, "auth" | "sign">;
  readonly query: CredentialQuery;
  readonly open: OpenCredential;
  /** Opened already by the caller, who wanted its problem first. */
  readonly opened: Opened;
  /** Told each key that is sent, so that nothing may repeat it. */
  readonly onKey?: (key: string) => void;
}

const REFUSAL_BYTES_MAX = 64 * 1024;
const EXPIRED = /signature (has )?expired|signature not yet current|expiredtoken|token[^.]{0,60}(is|has) expired|request has expired/i;

/** Rejects as the door's own does; with a `DoorError` of reason "credential" where a renewal fails. */
export function fetchWithCredential({ door, passage, query, open, opened, onKey }: CredentialFetch): typeof globalThis.fetch {
  const send = (by: Opened): typeof globalThis.fetch => {
    if (by.attach.auth !== null) onKey?.(by.attach.auth.value.replace(/^Bearer /, ""));
    return door.fetchFor({ ...passage, ...by.attach });
  };
  let current = opened;
  return async (input, init) => {
    const used = current;
    const response = await send(used)(input, init);
    // A request whose body is a stream has been read by now.
    if (used.stamp === null || !isRefusal(response, used) || input instanceof Request) return response;
    const renewed = await untilAborted(open(query, used.stamp), init?.signal ?? null);
    if (!renewed.ok) {
      await response.body?.cancel();
      throw new DoorError(
        "credential",
        `${query.origin} refused the key (${response.status}), and a new one could not be had: ${renewed.problem}`,
      );
    }
    if (renewed.stamp === used.stamp) return explained(response, used);
    await response.body?.cancel();
    current = renewed;
    const second = await send(renewed)(input, init);
    return isRefusal(second, renewed) ? explained(second, renewed) : second;
  };
}

/** AWS says 403 where a signature or its keys are at fault. */
function isRefusal({ status }: Response, { attach }: Opened): boolean {
  return status === 401 || (status === 403 && attach.sign !== undefined);
}

/** An expired signature has its own sentence; what else was refused is the wire's to explain. */
async function explained(response: Response, { attach }: Opened): Promise<Response> {
  if (attach.sign === undefined) return response;
  const text = await readStart(response);
  if (EXPIRED.test(text)) throw new DoorError("credential", expiredText(response.headers.get("date")));
  return new Response(text, { status: response.status, statusText: response.statusText, headers: response.headers });
}

function expiredText(date: string | null): string {
  const skewS = date === null ? Number.NaN : Math.round((Date.parse(date) - Date.now()) / 1000);
  if (Math.abs(skewS) > 60) {
    const how = skewS > 0 ? "slow" : "fast";
    return `AWS refused the request because its signature has expired: this machine's clock is ${Math.abs(skewS)} s ${how}; set the clock, then send again`;
  }
  return "AWS refused the request because its signature or the session behind it has expired; sign in again (aws sso login), then send again";
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= REFUSAL_BYTES_MAX) break;
    }
  } catch {
    // Cut: what came tells enough.
  }
  return text;
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
