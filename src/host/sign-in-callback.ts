// The page on 127.0.0.1 to which a browser comes back after signing in: takes one answer, with the right state, and closes.

import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface CallbackOptions {
  /** 0: any free one (RFC 8252, 7.3). */
  readonly port: number;
  readonly state: string;
  /** Where the answer says who gave it (RFC 9207), it must be this one. */
  readonly issuer: string;
  /** What to do with the code; the page shows what comes of it. Null: all is well. */
  readonly onCode: (code: string) => Promise<string | null>;
  /** Nobody came: given up after so long. */
  readonly waitMs: number;
}

export interface Callback {
  readonly redirectUri: string;
  /** Null when signed in, else why not. Never rejects. */
  readonly ended: Promise<string | null>;
  /** Another attempt takes its place. */
  cancel(): void;
}

const PATH = "/auth/callback";

/** Rejects where the port is taken. */
export async function openCallback(options: CallbackOptions): Promise<Callback> {
  const { promise: ended, resolve } = Promise.withResolvers<string | null>();
  let origin = "";
  let isTaken = false;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const finish = (problem: string | null): void => {
    clearTimeout(limit);
    server.close();
    server.closeIdleConnections();
    resolve(problem);
  };
  const limit = setTimeout(
    () => finish(`nobody came back from the sign-in page within ${Math.round(options.waitMs / 60_000)} min; start again: interpane login`),
    options.waitMs,
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    // A page that has rebound its name to 127.0.0.1 would come under that name.
    if (request.method !== "GET" || url.pathname !== PATH || `http://${request.headers.host}` !== origin)
      return show(response, 404, "Not found.");
    // Anybody may call; only who knows the state is heard.
    if (!isEqual(url.searchParams.get("state") ?? "", options.state)) return show(response, 400, "This answer belongs to another sign-in.");
    const from = url.searchParams.get("iss");
    if (isTaken || (from !== null && from !== options.issuer)) return show(response, 400, "This answer is not taken.");
    isTaken = true;
    const code = url.searchParams.get("code");
    const refusal = url.searchParams.get("error_description") ?? url.searchParams.get("error") ?? "it gave no code";
    const problem =
      code === null ? `the sign-in page refused: ${plain(refusal)}; start again: interpane login` : await options.onCode(code);
    show(response, problem === null ? 200 : 400, problem === null ? "Signed in. You can close this page." : `Not signed in: ${problem}`);
    finish(problem);
  }

  await new Promise<void>((settle, reject) => {
    server.once("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    server.listen(options.port, "127.0.0.1", settle);
  });
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : options.port}`;
  return { redirectUri: `${origin}${PATH}`, ended, cancel: () => finish("another sign-in has taken its place") };
}

function show(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(`${text}\n`);
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200);
}
