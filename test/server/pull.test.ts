// A missing model is fetched by the server: whoever asked is told how far it is, and it ends with them.

import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Pulse } from "../../src/domain/protocol.ts";
import { type Member, makeGround } from "./ground.ts";

const MODEL = "qwen3:4b";

/** An Ollama that has nothing yet; a pull says what the test says. */
async function startOllama(context: TestContext) {
  const pulls: { readonly body: string; readonly response: http.ServerResponse; readonly closed: Promise<void> }[] = [];
  const waiting: (() => void)[] = [];
  const models: { name: string; size: number }[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (request.url === "/api/version") response.end('{"version":"0.20.1"}');
      else if (request.url === "/api/tags") response.end(JSON.stringify({ models }));
      else if (request.url === "/api/pull") {
        const closed = new Promise<void>((resolve) => response.on("close", resolve));
        pulls.push({ body, response, closed });
        for (const wake of waiting.splice(0)) wake();
      } else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    models,
    async pull(n: number) {
      while (pulls.length <= n) await new Promise<void>((resolve) => waiting.push(resolve));
      const found = pulls[n];
      assert.ok(found !== undefined);
      return { ...found, say: (line: object) => found.response.write(`${JSON.stringify(line)}\n`) };
    },
  };
}

type Pull = Extract<Pulse, { type: "pull" }>;
const told = (member: Member): Pull[] => member.pulses.filter((pulse): pulse is Pull => pulse.type === "pull");
const ask = { type: "model.pull", provider: "ollama", model: MODEL } as const;

test("a pull tells whoever asked how far it is, ends in the model or in a sentence, and with its client", async (context) => {
  const ollama = await startOllama(context);
  const ground = makeGround({ INTERPANE_OLLAMA_URL: ollama.url });
  context.after(ground.close);
  const [asker, other] = [await ground.join(), await ground.join()];

  await asker.command({ type: "workspace.setOffline", isOffline: true });
  await assert.rejects(asker.command(ask), /offline: nothing is fetched/);
  await asker.command({ type: "workspace.setOffline", isOffline: false });

  const first = asker.command(ask);
  const good = await ollama.pull(0);
  assert.deepEqual(JSON.parse(good.body), { model: MODEL, stream: true });
  good.say({ status: "pulling manifest" });
  await asker.until("its first word", () => told(asker).some((pulse) => pulse.status === "pulling manifest" && pulse.total === null));
  good.say({ status: "pulling a", digest: "a", total: 1000, completed: 1000 });
  await asker.until("all bytes", () => told(asker).some((pulse) => pulse.done === 1000 && pulse.total === 1000));
  ollama.models.push({ name: MODEL, size: 1000 });
  good.say({ status: "success" });
  good.response.end();
  assert.match((await first).note ?? "", /ollama\/qwen3:4b is here/);
  assert.deepEqual(told(other), [], "nobody else is told");

  const second = asker.command({ ...ask, model: "nope" });
  const bad = await ollama.pull(1);
  bad.say({ status: "pulling manifest" });
  bad.say({ error: "pull model manifest: file does not exist" });
  bad.response.end();
  await assert.rejects(second, /could not fetch nope: pull model manifest: file does not exist/);

  const third = asker.command(ask).catch(() => null);
  const left = await ollama.pull(2);
  left.say({ status: "pulling manifest" });
  await asker.leave();
  await left.closed;
  await third;
});
