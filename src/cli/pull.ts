// `interpane models pull PROVIDER/MODEL`: a server on this machine fetches a model; how far it is stands on stderr.

import type { Pulse, ServerMessage } from "../domain/protocol.ts";
import { pullLine } from "../domain/pull-line.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { failWith } from "./problem.ts";
import { withServer } from "./with-server.ts";

export async function pullModel(name: string | undefined, io: Io): Promise<ExitCode> {
  const [, provider, model] = /^([^/]+)\/(.+)$/.exec(name ?? "") ?? [];
  if (provider === undefined || model === undefined)
    return failWith(io, EXIT.usage, "say which: interpane models pull ollama/MODEL, or lmstudio/MODEL");
  const progress = createProgress(io);
  const onMessage = (message: ServerMessage): void => {
    if (message.type === "pulse" && message.pulse.type === "pull") progress.show(message.pulse);
  };
  return withServer(io, { role: "task", onMessage }, async (caller) => {
    let isInterrupted = false;
    const stopListening = io.onInterrupt(() => {
      isInterrupted = true;
      caller.close();
    });
    const reply = await caller.command({ type: "model.pull", provider, model });
    stopListening();
    progress.end();
    if (isInterrupted) return EXIT.interrupted;
    if (!reply.ok) return failWith(io, EXIT.failed, reply.reason);
    io.stdout.write(`${printable(`${provider}/${model}`)}\n`);
    return EXIT.done;
  });
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
