// What `interpane doctor` learns from the server: the shell really starts, providers really answer.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Profile } from "../../src/domain/profile.ts";
import { createDoor } from "../../src/net/door.ts";
import { reachAll, reachProvider } from "../../src/server/reach.ts";
import { testProfile } from "../support/ui-fixtures.ts";
import { makeGround } from "./ground.ts";

const at = (origin: string, over: Partial<Profile> = {}): Profile => testProfile("one", "m", { origin, baseUrl: `${origin}/v1`, ...over });

test("a provider answers whatever it says, and is told no key; one that is not there, or not to be reached offline, is named", async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "no key"}`);
    response.writeHead(401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const door = createDoor();
  t.after(() => door.close());
  assert.equal(await reachProvider(door, at(origin), false), null);
  assert.deepEqual(asked, ["HEAD /v1 no key"]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const gone = await reachProvider(door, at(origin), false);
  assert.ok(gone?.includes(`at ${origin} does not answer`), String(gone));
  assert.match((await reachProvider(door, at("https://api.openai.com"), true)) ?? "", /offline/i);
});

test("each address is asked once, and only a few at a time", async () => {
  let now = 0;
  let most = 0;
  const asked: string[] = [];
  const profiles = Array.from({ length: 20 }, (_, n) => at(`https://p${n % 10}.example.com`, { providerName: `P${n % 10}` }));
  const rows = await reachAll(
    profiles,
    async ({ origin }) => {
      asked.push(origin);
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return origin.includes("p3") ? "it is silent" : null;
    },
    4,
  );
  assert.equal(asked.length, 10);
  assert.equal(most, 4);
  assert.deepEqual(
    rows.filter((row) => row.problem !== null).map((row) => row.name),
    ["P3"],
  );
});

test("the doctor starts a shell as an agent would get it, and leaves none behind", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const member = await ground.join({ role: "task" });
  const answer = await member.caller.query({ type: "doctor" });
  assert.ok(answer.ok);
  const about = new Map(answer.value.rows.map((row) => [row.about, row]));
  assert.equal(about.get("shell")?.state, "well", about.get("shell")?.text);
  assert.ok(!about.has("provider"), "nobody's key is here: nobody is asked");
  assert.equal(member.workspace()?.terminals.length, 0);
});
