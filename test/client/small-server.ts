// The server that connect.test.ts has started: listens, says so by closing descriptor 3, tells in `welcome` what it was given.

import { closeSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import { resolveHome } from "../../src/link/home.ts";
import { acceptLink } from "../../src/link/link.ts";
import { listenAsLock } from "../../src/link/socket-path.ts";

// A test that fails does not end it.
setTimeout(() => process.exit(3), 120_000);
const home = resolveHome(process.env);
if (process.argv[2] === "fail") {
  process.stderr.write("first line\nthe disk is full\n");
  process.exit(2);
}
const listening = await listenAsLock(home.runDir);
if (!listening.ok) process.exit(0);
const given = { names: Object.keys(process.env).toSorted(), cwd: process.cwd(), environ: readFileSync("/proc/self/environ", "latin1") };
writeFileSync(join(home.dataDir, "given.json"), JSON.stringify(given));
listening.server.on("connection", (socket) => {
  const link = acceptLink(socket);
  link.onMessage = (message) => {
    if (message.type === "hello") link.send({ type: "welcome", version: PROTOCOL_VERSION, epoch: "small", pid: process.pid });
    if (message.type === "kill") process.exit(0);
  };
});
closeSync(3);
