// The command line: how long `--version` and `--help` take, and `exec` until the first byte of its request has reached a model server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { COMPLETE_WORD } from "../../src/cli/completion-scripts.ts";
import { type Figure, median } from "./figures.ts";
import { type Ground, openGround, program, untilServerEnded } from "./ground.ts";

const ROUNDS = 15;

/** Part of `npm run bench -- start`. */
export async function measureCommandLine(): Promise<Figure[]> {
  const times = {
    node: [] as number[],
    version: [] as number[],
    help: [] as number[],
    tab: [] as number[],
    nothing: [] as number[],
    running: [] as number[],
  };
  const ground = openGround();
  try {
    // The first one ends by itself, as a user's does, and keeps what V8 has compiled; those that are measured are killed.
    await untilRequest(ground, { isAnswered: true });
    await untilServerEnded(ground);
    for (let round = 0; round < ROUNDS; round += 1) {
      times.node.push(await untilEnd(ground, ["-e", "0"]));
      times.version.push(await untilEnd(ground, [program, "--version"]));
      times.help.push(await untilEnd(ground, [program, "--help"]));
      times.tab.push(await untilEnd(ground, [program, COMPLETE_WORD, "exec", "--model", "cl"]));
      times.nothing.push(await untilRequest(ground));
      times.running.push(await untilRequest(ground));
      ground.stopServer();
      await untilServerEnded(ground);
    }
  } finally {
    ground.close();
  }
  const limit = { name: "node -e 0", value: median(times.node) };
  const figure = (name: string, values: number[], target: number): Figure => ({ name, value: median(values), unit: "ms", target, limit });
  return [
    figure("--version", times.version, 60),
    figure("--help", times.help, 80),
    figure("a Tab in a shell: the models whose names begin with cl", times.tab, 100),
    figure("exec to the first byte of its request, server started too", times.nothing, 250),
    figure("exec to the first byte of its request, with a running server", times.running, 120),
  ];
}

async function untilEnd(ground: Ground, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: ground.env, cwd: ground.folder, stdio: "ignore" });
  await once(child, "exit");
  return performance.now() - startedAt;
}

/** A server that takes the connection and answers nothing, or that it refuses: the time until something of the request is there. */
async function untilRequest(ground: Ground, { isAnswered } = { isAnswered: false }): Promise<number> {
  const server = createServer();
  if (isAnswered) server.on("request", (_, response) => response.writeHead(400).end("{}"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // Never a pipe: a port was asked for.
  const asked = once(server, "request");
  const startedAt = performance.now();
  const base = `http://127.0.0.1:${port}/v1`;
  const args = [program, "exec", "--api-base", base, "--model", "bench", "--wire-api", "responses", "hello"];
  const child = spawn(process.execPath, args, { env: ground.env, cwd: ground.folder, stdio: "ignore" });
  const ended = once(child, "exit");
  await Promise.race([asked, ended.then(() => Promise.reject(new Error("exec ended before it asked")))]);
  const took = performance.now() - startedAt;
  if (!isAnswered) child.kill("SIGKILL");
  await ended;
  server.closeAllConnections();
  server.close();
  return took;
}
