// One of the processes that race for the lock in socket-path.test.ts. Says what it became and stays until its input ends.

import { listenAsLock } from "../../src/link/socket-path.ts";

const listening = await listenAsLock(process.argv[2] ?? "");
process.stdout.write(`${listening.ok ? "server" : listening.reason}\n`);
process.stdin.resume();
process.stdin.on("end", () => {
  if (listening.ok) listening.release();
});
