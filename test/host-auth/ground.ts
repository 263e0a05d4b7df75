// A folder with programs in it, and a local server, for tests of credentials.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

export interface Ground {
  readonly folder: string;
  /** Writes a bash script that may be run, and returns its path. */
  script(name: string, body: string): string;
  file(name: string, text: string): string;
}

export function makeGround(context: TestContext): Ground {
  const folder = mkdtempSync(join(tmpdir(), "interpane-auth-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string, mode: number): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  };
  return {
    folder,
    script: (name, body) => write(name, `#!/bin/bash\n${body}\n`, 0o755),
    file: (name, text) => write(name, text, 0o600),
  };
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Keeps what it was asked. */
export async function serve(
  context: TestContext,
  answer: (seen: Seen, count: number) => { status: number; headers?: Record<string, string>; body?: string },
): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      seen.push(one);
      const { status, headers = {}, body: text = "" } = answer(one, seen.length);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, seen };
}
