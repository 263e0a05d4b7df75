// Status as a shape, a colour and a word: never a colour alone.

import type { Agent, Status } from "../domain/workspace.ts";
import { formatElapsed } from "./format.ts";
import type { Span } from "./frame-types.ts";
import { type Role, role } from "./theme.ts";
import type { Ui } from "./view.ts";

interface Mark {
  readonly shape: string;
  readonly ascii: string;
  readonly role: Role;
  readonly word: string;
}

const marks: Readonly<Record<Status, Mark>> = {
  idle: { shape: "○", ascii: "-", role: "status.idle", word: "idle" },
  queued: { shape: "◌", ascii: ".", role: "status.queued", word: "queued" },
  thinking: { shape: "●", ascii: "*", role: "status.working", word: "thinking" },
  running: { shape: "◉", ascii: "@", role: "status.working", word: "running" },
  waiting: { shape: "◆", ascii: "!", role: "status.needs", word: "needs you" },
  stopping: { shape: "◑", ascii: "%", role: "status.working", word: "stopping" },
  failed: { shape: "✗", ascii: "x", role: "status.failed", word: "failed" },
};

export function statusSpan(ui: Ui, status: Status): Span {
  const mark = marks[status];
  return { text: ui.isAscii ? mark.ascii : mark.shape, style: role(ui.theme, mark.role) };
}

/** Shows how long it has lasted, in seconds that go on by themselves. */
export function isTimed(agent: Agent): boolean {
  return agent.status === "thinking" || agent.status === "running" || agent.status === "stopping";
}

/** `running · 12 s`; the word alone where nothing runs or nothing may move. */
export function statusWords(ui: Ui, agent: Agent): string {
  const word = isTryingAgain(ui, agent) ? "trying again" : marks[agent.status].word;
  return isTimed(agent) && !ui.isReducedMotion ? `${word} · ${formatElapsed(ui.now - agent.since)}` : word;
}

/** A request has failed, and nothing of the next one has come. */
function isTryingAgain(ui: Ui, { id, status, turn }: Agent): boolean {
  const newest = ui.workspace?.items[id]?.at(-1);
  const hasFailed = status === "thinking" && newest?.type === "notice" && newest.kind === "retried" && newest.turn === turn;
  return hasFailed && (ui.streams.get(id)?.length ?? 0) === 0;
}

function ordinal(place: number): string {
  const tens = place % 100;
  const ends = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th");
  return `${place}${ends}`;
}

/** `queued · 2nd on openai · retry in 8 s`. */
export function queueWords(ui: Ui, agent: Agent): string {
  const queue = ui.view.queue.get(agent.id);
  if (queue === undefined) return statusWords(ui, agent);
  const retryMs = queue.retryAt === null ? 0 : queue.retryAt - ui.now;
  const retry = retryMs > 0 ? ` · retry in ${Math.ceil(retryMs / 1000)} s` : "";
  return `queued · ${ordinal(queue.place + 1)} on ${queue.lane}${retry}`;
}
