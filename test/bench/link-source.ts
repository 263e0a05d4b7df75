// The engine's end of link-speed: facts through a journal on disk, the state, and the link that the server uses, each stamped when it began.

import { mkdirSync } from "node:fs";
import { agentIdSchema, itemIdSchema, sessionIdSchema } from "../../src/domain/ids.ts";
import { PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import { agentSchema, emptyWorkspace } from "../../src/domain/workspace.ts";
import { FactLog } from "../../src/engine/fact-log.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeMessage } from "../../src/link/frames.ts";
import { resolveHome } from "../../src/link/home.ts";
import { listenAsLock } from "../../src/link/socket-path.ts";
import { ClientSession } from "../../src/server/client-session.ts";
import { encodeSnapshot } from "../../src/server/snapshot.ts";
import { createWaitingRoom } from "../../src/server/waiting-room.ts";

/** The system's monotonic clock, the same in every process, ms. */
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const home = resolveHome(process.env);
const listening = await listenAsLock(home.runDir);
if (!listening.ok) throw new Error("the bench's socket is taken");
for (const folder of [home.sessionsDir, home.workspacesDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });

const journals = createJournals(home);
const { journal } = await journals.open({ type: "workspace", folder: "/bench" });
const session = sessionIdSchema.parse("s-bench");
const own = await journals.open({ type: "session", session });
const agent = agentIdSchema.parse("a-bench");
const workspace = emptyWorkspace("/bench");
const clients = new Set<ClientSession>();
const log = new FactLog({
  workspace,
  clock: { now: nowMs, sleep: () => Promise.resolve() },
  workspaceJournal: journal,
  publish(fact) {
    const frame = encodeMessage(JSON.stringify({ type: "fact", fact }));
    for (const client of clients) client.sendFact(frame);
  },
  onAlert: (text) => process.stderr.write(`${text}\n`),
});
log.addSession(session, own.journal);
log.emit({ type: "agent.spawned", agent: agentSchema.parse(JSON.parse(process.argv[2] ?? "")) });

/** As long as a step of an agent is: a paragraph, a call, a short result. */
const TEXT = "The failing tests read the clock twice, and between the two readings a second may pass. ".repeat(4);
let made = 0;
function emitOne(): void {
  made += 1;
  const item = { type: "user", id: itemIdSchema.parse(`i-${made}`), parent: null, at: 0, turn: null, text: TEXT } as const;
  log.emit({ type: "item.added", agent, item });
}

async function burst(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 50) {
    for (let at = 0; at < Math.min(50, left); at += 1) emitOne();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.synced(session);
}

const room = createWaitingRoom({
  onHello(link, { role, folder }) {
    link.send({ type: "welcome", version: PROTOCOL_VERSION, epoch: "bench", pid: process.pid });
    const client = new ClientSession({ id: 1, role, folder }, link, {
      runtime: () => undefined,
      lanePlace: () => null,
      rowsSince: () => null,
      titles: () => [],
      titleOf: () => "",
      lanes: () => [],
      snapshot: () => encodeSnapshot(workspace, []),
    });
    client.sendSnapshot();
    clients.add(client);
    link.onClose = () => process.exit(0);
    link.onMessage = (message) => {
      if (message.type !== "command" || message.command.type !== "agent.rename") return;
      const [what = "", count = "1"] = message.command.title.split(" ");
      if (what === "one") emitOne();
      else void burst(Number(count));
    };
  },
});
listening.server.on("connection", (socket) => room.accept(socket));
process.stdout.write("listening\n");
