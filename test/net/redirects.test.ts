// A redirect of any kind, to anywhere, over any wire: it ends there, with the key and the prompt where they were sent and nowhere else.

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { createDoor, type Door } from "../../src/net/door.ts";
import { makeCertificate } from "../support/certificate.ts";
import { ask, failure, requestTo, user, wireNames, wires } from "../wire/ask.ts";

const KEY = "sk-never-elsewhere-1234567890";
const PROMPT = "the prompt that stays here";
const STATUSES = [300, 301, 302, 303, 305, 307, 308];

let door: Door;
let answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } = { status: 307, headers: {} };
const asked: { readonly url: string; readonly hasKey: boolean }[] = [];
const listener: http.RequestListener = (request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    asked.push({ url: request.url ?? "", hasKey: request.headers.authorization === `Bearer ${KEY}` && body.includes(PROMPT) });
    response.writeHead(answer.status, answer.headers).end("moved");
  });
};
const certificate = makeCertificate(["localhost"]);
const servers = { http: http.createServer(listener), https: https.createServer(certificate, listener) };
/** The second origin: whatever reaches it, one byte or a handshake, is counted. */
const reached: string[] = [];
const trap = net.createServer((socket) => {
  reached.push("a connection");
  socket.on("data", (chunk) => reached.push(chunk.toString("latin1")));
  socket.on("error", () => {});
});
const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;

before(async () => {
  for (const server of [servers.http, servers.https, trap]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const connections = () => ({
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true, ca: certificate.cert }),
  });
  door = createDoor({ connections });
});
after(() => {
  door.close();
  for (const server of Object.values(servers)) server.closeAllConnections();
  for (const server of [servers.http, servers.https, trap]) server.close();
});

for (const scheme of ["http", "https"] as const) {
  for (const wire of wireNames) {
    test(`${wire} over ${scheme}: no byte reaches where a redirect points, be it another port, scheme, name or path`, async () => {
      const origin = `${scheme}://localhost:${portOf(servers[scheme])}`;
      const other = portOf(trap);
      const fetch = door.fetchFor({ origin, auth: { header: "authorization", value: `Bearer ${KEY}` }, headers: {}, isOffline: false });
      const places = [
        `http://127.0.0.1:${other}/v1/x`,
        `https://127.0.0.1:${other}/v1/x`,
        `http://localhost:${other}/v1/x`,
        `https://localhost:${other}/`,
        `//localhost:${other}/v1/x`,
        `http://localhost@127.0.0.1:${other}/`,
        "/v1/elsewhere/on/the/same/origin",
        "",
      ];
      asked.splice(0);
      for (const status of STATUSES) {
        for (const place of places) {
          answer = {
            status,
            headers: { location: place, refresh: `0; url=${place}`, "content-location": place, "alt-svc": `h2=":${other}"` },
          };
          const why = failure(await ask(wires[wire], requestTo(`${origin}/v1`, { messages: [user(PROMPT)] }), undefined, fetch));
          assert.deepEqual([why.kind, why.isRetryable], ["request", false]);
          assert.match(why.message, /redirect/);
          assert.ok(!why.message.includes(KEY) && !why.message.includes(PROMPT));
        }
      }
      assert.deepEqual(reached, []);
      assert.equal(asked.length, STATUSES.length * places.length, "each was asked once and never again");
      assert.ok(asked.every(({ url, hasKey }) => hasKey && !url.includes("elsewhere")));
    });
  }
}

test("a host that cannot prove to be the one that was meant is told nothing", async () => {
  const origin = `https://127.0.0.1:${portOf(servers.https)}`;
  asked.splice(0);
  const fetch = door.fetchFor({ origin, auth: { header: "authorization", value: `Bearer ${KEY}` }, headers: {}, isOffline: false });
  const why = failure(await ask(wires.chat, requestTo(`${origin}/v1`), undefined, fetch));
  assert.match(why.message, /certificate .* is not trusted|could not prove who it is/);
  assert.equal(why.isRetryable, false);
  const strangers = createDoor();
  const name = `https://localhost:${portOf(servers.https)}`;
  const other = strangers.fetchFor({ origin: name, auth: null, headers: {}, isOffline: false });
  assert.match(failure(await ask(wires.chat, requestTo(`${name}/v1`), undefined, other)).message, /certificate/);
  strangers.close();
  assert.deepEqual(asked, []);
});
