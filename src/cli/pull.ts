// `interpane models pull PROVIDER/MODEL`: a server on this machine fetches a model; how far it is stands on stderr.

import { createCaller } from "../client/caller.ts";
import type { Pulse } from "../domain/protocol.ts";
import { pullLine } from "../domain/pull-line.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

export async function pullModel(name: string | undefined, io: Io): Promise<ExitCode> {
  const [, provider, model] = /^([^/]+)\/(.+)$/.exec(name ?? "") ?? [];
  if (provider === undefined || model === undefined) {
    complain(io, "say which: interpane models pull ollama/MODEL, or lmstudio/MODEL");
    return EXIT.usage;
  }
  const folder = workspaceFolder(io, undefined);
  if (!folder.ok) {
    complain(io, folder.message);
    return EXIT.usage;
  }
  const connected = await reachServer(io, { folder: folder.folder, role: "task", startsServer: true });
  if (!connected.ok) {
    complain(io, connected.message);
    return EXIT.failed;
  }
  const progress = createProgress(io);
  const caller = createCaller(connected.connection, (message) => {
    if (message.type === "pulse" && message.pulse.type === "pull") progress.show(message.pulse);
  });
  let isInterrupted = false;
  const stopListening = io.onInterrupt(() => {
    isInterrupted = true;
    caller.close();
  });
  const reply = await caller.command({ type: "model.pull", provider, model });
  stopListening();
  caller.close();
  progress.end();
  if (isInterrupted) return EXIT.interrupted;
  if (!reply.ok) {
    complain(io, printable(reply.reason));
    return EXIT.failed;
  }
  io.stdout.write(`${printable(`${provider}/${model}`)}\n`);
  return EXIT.done;
}

/** On a terminal one line that changes; elsewhere a line for each new thing that is done. */
function createProgress(io: Io): { show(pulse: Extract<Pulse, { type: "pull" }>): void; end(): void } {
  const { stderr } = io;
  let last = "";
  return {
    show(pulse) {
      const line = printable(stderr.isTerminal ? pullLine(pulse) : `${pulse.model}: ${pulse.status}`);
      if (line === last) return;
      last = line;
      stderr.write(stderr.isTerminal ? `\r\u001b[K${line.slice(0, 78)}` : `${line}\n`);
    },
    end() {
      if (stderr.isTerminal && last !== "") stderr.write("\r\u001b[K");
    },
  };
}
