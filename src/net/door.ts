// The one door for outgoing requests: exact origin, one credential, no redirects, nothing but loopback when offline.

import { lookup as lookupName } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { DoorError } from "./door-error.ts";
import { type Agents, openAgents, type Sending, sendRequest } from "./http-fetch.ts";
import { bareHost, isLoopbackHost, isPrivateAddress, originOf } from "./origin.ts";

export interface Passage {
  /** Exact scheme, host and port; a request to any other is refused. */
  readonly origin: string;
  /** The one header that carries the secret; it replaces whatever a library put into a header of that kind. */
  readonly auth: { readonly header: string; readonly value: string } | null;
  /**
   * Signs a request that is otherwise finished: given its headers as they would be sent, returns those to send instead.
   * Where it rejects nothing is sent.
   */
  readonly sign?: (request: Unsigned) => Promise<Readonly<Record<string, string>>>;
  /** Sent with every request: versions, the user's own `http_headers`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Nothing but loopback, decided before any name is looked up. */
  readonly isOffline: boolean;
  /** The address stands in the user's own configuration: plain http may then go to private addresses too. */
  readonly isNamedByUser?: boolean;
  /** Until a connection stands, ms; 10 s. */
  readonly connectMs?: number;
  /** From the request to the answer's headers, ms; 60 s. A local server that loads a model first needs more. */
  readonly headersMs?: number;
}

export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case; `host` is not among them and is the URL's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

export interface Door {
  /** A `fetch` that can reach one origin only. It rejects with `DoorError`, or with the signal's reason. */
  fetchFor(passage: Passage): typeof globalThis.fetch;
  /** Ends kept connections. */
  close(): void;
}

/** Headers that may carry a secret, or that are ours to set; what a library puts there is dropped. */
const dropped = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "accept-encoding",
  "user-agent",
]);

/** Lists, in which what we ask for and what the user asks for stand side by side: with a name that was replaced, the request would fail. */
const joined = new Set(["anthropic-beta"]);

/** `connections`: how sockets are opened, for tests that stand in for a provider's host; else as `openAgents` does. */
export function createDoor({ connections = openAgents }: { readonly connections?: () => Agents } = {}): Door {
  let agents: Agents | null = null;
  return {
    fetchFor(passage) {
      return async (input, init) => {
        const request = typeof input === "string" || input instanceof URL ? null : input;
        const url = checkedUrl(request === null ? String(input) : request.url, passage);
        const given = init?.headers ?? request?.headers;
        // The first `Headers` of a process loads undici, 25 ms: a request that brings none does without.
        const headers = ownHeaders(given === undefined ? [] : new Headers(given), passage);
        const body = await bytesOf(init?.body ?? null, request);
        if (body !== null) headers["content-length"] = String(body.byteLength);
        if (body !== null && !("content-type" in headers)) headers["content-type"] = "application/json";
        const method = init?.method ?? request?.method ?? "GET";
        agents ??= connections();
        return sendRequest(
          {
            ...routeTo(url, passage),
            url,
            headers: passage.sign === undefined ? headers : await passage.sign({ method, url, headers, body }),
            body,
            method,
            signal: init?.signal ?? request?.signal ?? null,
            connectMs: passage.connectMs ?? 10_000,
            headersMs: passage.headersMs ?? 60_000,
          },
          agents,
        );
      };
    },
    close() {
      agents?.http.destroy();
      agents?.https.destroy();
    },
  };
}

/** Every check that needs the address alone. Throws `DoorError`. */
function checkedUrl(address: string, passage: Passage): URL {
  const { origin } = passage;
  if (!URL.canParse(address) || originOf(origin) !== origin) {
    throw new DoorError("origin", `a request has no usable address: allowed is ${origin === "" ? "nothing" : origin}`);
  }
  const url = new URL(address);
  if (url.origin !== origin) {
    throw new DoorError("origin", `a request to ${url.origin} was refused: this credential belongs to ${origin}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new DoorError("origin", `the address at ${origin} holds a user name or password; put the key into the vault instead`);
  }
  const host = bareHost(url);
  if (isLoopbackHost(host)) return url;
  if (passage.isOffline) {
    throw new DoorError("offline", `offline: ${origin} is not on this machine; use a local profile or turn offline off`);
  }
  if (url.protocol === "http:" && (passage.isNamedByUser !== true || (isIP(host) !== 0 && !isPrivateAddress(host)))) {
    throw new DoorError(
      "insecure",
      `${origin} is plain http, which goes to this machine and to private addresses that config.toml names; use https`,
    );
  }
  return url;
}

function joinLists(ours: string | undefined, theirs: string): string {
  const entries = `${ours ?? ""},${theirs}`.split(",").map((entry) => entry.trim());
  return [...new Set(entries)].filter((entry) => entry !== "").join(",");
}

/** Of a header's value (RFC 9110, 5.5), as Node's own check has it, which comes too late to say whose it is. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** What a library set, less what could carry a secret or tells about this machine, then the passage's own. */
function ownHeaders(given: Iterable<readonly [string, string]>, passage: Passage): Record<string, string> {
  const authHeader = passage.auth?.header.toLowerCase();
  const headers: Record<string, string> = { "user-agent": "interpane", "accept-encoding": "identity" };
  for (const [name, value] of given) {
    if (dropped.has(name) || name === authHeader || name.startsWith("x-stainless-")) continue;
    headers[name] = value;
  }
  for (const [name, value] of Object.entries(passage.headers)) {
    const key = name.toLowerCase();
    headers[key] = joined.has(key) ? joinLists(headers[key], value) : value;
  }
  if (passage.auth !== null && authHeader !== undefined) headers[authHeader] = passage.auth.value;
  const odd = Object.keys(headers).find((name) => UNSENDABLE.test(headers[name] ?? ""));
  if (odd === undefined) return headers;
  const why = "has a character that no request can carry, such as a line end; nothing was sent";
  throw odd === authHeader
    ? new DoorError("credential", `the key for ${passage.origin} ${why}: give it anew`)
    : new DoorError("origin", `the header ${odd} for ${passage.origin} ${why}: correct it in config.toml`);
}

/** Where to connect. `localhost` is never resolved; offline nothing is. */
function routeTo(url: URL, passage: Passage): Pick<Sending, "hosts" | "lookup"> {
  const host = bareHost(url);
  if (host === "localhost") return { hosts: ["127.0.0.1", "::1"], lookup: refuseNames };
  if (isIP(host) !== 0 || passage.isOffline) return { hosts: [host], lookup: refuseNames };
  return { hosts: [host], lookup: url.protocol === "http:" ? privateOnly : null };
}

/** A second lock: an address literal is never looked up, so this can only be reached by a mistake of ours. */
const refuseNames: LookupFunction = (host, _options, answer) => {
  answer(new DoorError("offline", `the name ${host} was not looked up`), "", 4);
};

/** Plain http to a name: all that it stands for must be private, and the connection goes to what was checked. */
const privateOnly: LookupFunction = (host, options, answer) => {
  lookupName(host, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0];
    if (error !== null || first === undefined) return answer(error ?? new Error("no address"), "", 4);
    const foreign = addresses.find(({ address }) => !isPrivateAddress(address));
    if (foreign !== undefined) {
      return answer(new DoorError("insecure", `${host} is not a private address and its URL is plain http; use https`), "", 4);
    }
    if (options.all === true) answer(null, addresses);
    else answer(null, first.address, first.family);
  });
};

async function bytesOf(body: NonNullable<RequestInit["body"]> | null, request: Request | null): Promise<Uint8Array | null> {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body !== null) return new Uint8Array(await new Response(body).arrayBuffer());
  if (request === null || request.body === null) return null;
  return new Uint8Array(await request.arrayBuffer());
}
