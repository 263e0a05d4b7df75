// Runs inside a pane of tmux: writes what it gets over a socket to its terminal, and says what the terminal answered when all of it
// had been taken in. Frames both ways: four bytes of length, then the bytes.

import { connect } from "node:net";

const END = "\x1b[6n";

const socket = connect(process.argv[2] ?? "");
let held = Buffer.alloc(0);
let answer = "";

socket.on("data", (chunk: Buffer) => {
  held = Buffer.concat([held, chunk]);
  while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
    const size = held.readUInt32BE(0);
    process.stdout.write(Buffer.concat([held.subarray(4, 4 + size), Buffer.from(END)]));
    held = held.subarray(4 + size);
  }
});

process.stdin.on("data", (chunk: Buffer) => {
  answer += chunk.toString("latin1");
  // The cursor's place is what is asked for last.
  if (!/\x1b\[\d+;\d+R$/.test(answer)) return;
  const head = Buffer.alloc(4);
  const body = Buffer.from(answer, "latin1");
  head.writeUInt32BE(body.length);
  answer = "";
  socket.write(Buffer.concat([head, body]));
});

socket.on("close", () => process.exit(0));
