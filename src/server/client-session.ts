// One connected client: what it has seen of the streams and terminals, and when it is sent the rest.
// Facts and replies go at once; pulses are never queued: a cursor for each stream says what the client has, and the newest
// difference is sent when its link has room. A slow client's cursors lag; nothing accumulates.

import type { AgentId, TerminalId } from "../domain/ids.ts";
import type { Command, Pulse, ServerMessage } from "../domain/protocol.ts";
import type { AgentRuntime } from "../engine/agent-runtime.ts";
import type { LanePlace } from "../engine/lanes.ts";
import type { ServerLink } from "../link/link.ts";

/** Between two flushes of terminal rows, ms: 60 a second. */
const ROWS_INTERVAL_MS = 16;
/** Between two flushes of streamed text, ms: the eye reads no faster. */
const TEXT_INTERVAL_MS = 33;
/** For this long after a key its terminal is flushed without waiting, ms. */
const HOT_MS = 60;
/** A link with more than this waiting is left to drain first, bytes. */
const BACKLOG_BYTES = 256 * 1024;

type View = Extract<Command, { type: "client.view" }>;

export interface StreamSources {
  runtime(agent: AgentId): AgentRuntime | undefined;
  lanePlace(agent: AgentId): LanePlace | null;
  rowsSince(terminal: TerminalId, version: number): { version: number; bytes: Uint8Array } | null;
}

interface StreamCursor {
  turn: string;
  part: number;
  offset: number;
}

export class ClientSession {
  readonly id: number;
  readonly link: ServerLink;
  readonly #sources: StreamSources;
  #view: View | null = null;
  readonly #streams = new Map<AgentId, StreamCursor>();
  readonly #rows = new Map<TerminalId, number>();
  readonly #dirtyStreams = new Set<AgentId>();
  readonly #dirtyRows = new Set<TerminalId>();
  readonly #places = new Map<AgentId, string>();
  #timer: NodeJS.Timeout | null = null;
  #dueAt = 0;
  #flushedAt = 0;
  #hot: { terminal: TerminalId; until: number } | null = null;

  constructor(id: number, link: ServerLink, sources: StreamSources) {
    this.id = id;
    this.link = link;
    this.#sources = sources;
  }

  get view(): View | null {
    return this.#view;
  }

  send(message: ServerMessage): void {
    this.link.send(message);
  }

  pulse(pulse: Pulse): void {
    this.send({ type: "pulse", pulse });
  }

  setView(view: View): void {
    this.#view = view;
    const visible = new Set(view.terminals.map((shown) => shown.terminal));
    for (const terminal of this.#rows.keys()) if (!visible.has(terminal)) this.#rows.delete(terminal);
    for (const terminal of visible) this.touchTerminal(terminal);
    for (const agent of view.agents) this.touchStream(agent);
  }

  /** A new snapshot was sent: what streams is sent anew. */
  restart(): void {
    this.#streams.clear();
    this.#rows.clear();
    this.#places.clear();
    if (this.#view !== null) this.setView(this.#view);
  }

  keyTyped(terminal: TerminalId): void {
    this.#hot = { terminal, until: performance.now() + HOT_MS };
  }

  touchStream(agent: AgentId): void {
    const stream = this.#sources.runtime(agent)?.stream;
    if (stream === undefined || stream.turn === null) {
      // An end is said at once: the items that follow take the stream's place.
      if (this.#streams.delete(agent)) this.pulse({ type: "streamEnded", agent });
      this.#dirtyStreams.delete(agent);
      return;
    }
    if (this.#view?.agents.includes(agent) !== true) return;
    this.#dirtyStreams.add(agent);
    this.#schedule(TEXT_INTERVAL_MS);
  }

  touchTerminal(terminal: TerminalId): void {
    if (this.#view?.terminals.some((shown) => shown.terminal === terminal) !== true) return;
    this.#dirtyRows.add(terminal);
    if (this.#hot !== null && this.#hot.terminal === terminal && performance.now() < this.#hot.until) {
      if (this.link.bufferedBytes() < BACKLOG_BYTES) this.#sendRows(terminal);
      return;
    }
    this.#schedule(ROWS_INTERVAL_MS);
  }

  /** Places in the queue may have changed. */
  touchPlaces(agents: readonly AgentId[]): void {
    for (const agent of agents) {
      const place = this.#sources.lanePlace(agent);
      const key = place === null ? "" : `${place.lane} ${place.place} ${place.retryAt ?? ""}`;
      if ((this.#places.get(agent) ?? "") === key) continue;
      this.#places.set(agent, key);
      if (place !== null) this.pulse({ type: "queue", agent, lane: place.lane, place: place.place, retryAt: place.retryAt });
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.link.close();
  }

  #schedule(intervalMs: number): void {
    const dueAt = Math.max(performance.now(), this.#flushedAt + intervalMs);
    if (this.#timer !== null) {
      if (this.#dueAt <= dueAt) return;
      clearTimeout(this.#timer);
    }
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, dueAt - performance.now()));
  }

  #flush(): void {
    this.#timer = null;
    this.#flushedAt = performance.now();
    if (this.link.bufferedBytes() > BACKLOG_BYTES) {
      this.#schedule(TEXT_INTERVAL_MS);
      return;
    }
    for (const terminal of [...this.#dirtyRows]) this.#sendRows(terminal);
    for (const agent of this.#dirtyStreams) this.#sendStream(agent);
    this.#dirtyStreams.clear();
  }

  #sendRows(terminal: TerminalId): void {
    this.#dirtyRows.delete(terminal);
    const changes = this.#sources.rowsSince(terminal, this.#rows.get(terminal) ?? 0);
    if (changes === null) return;
    this.#rows.set(terminal, changes.version);
    this.link.sendRows(changes.bytes);
  }

  #sendStream(agent: AgentId): void {
    const stream = this.#sources.runtime(agent)?.stream;
    if (stream === undefined || stream.turn === null) return;
    let cursor = this.#streams.get(agent);
    if (cursor === undefined || cursor.turn !== stream.turn || cursor.part >= stream.parts.length) {
      if (cursor !== undefined) this.pulse({ type: "streamEnded", agent });
      cursor = { turn: stream.turn, part: 0, offset: 0 };
      this.#streams.set(agent, cursor);
    }
    for (let part = cursor.part; part < stream.parts.length; part++) {
      const { kind, name, text } = stream.parts[part] ?? { kind: "text", name: undefined, text: "" };
      const offset = part === cursor.part ? cursor.offset : 0;
      if (offset < text.length || offset === 0) {
        this.pulse({
          type: "stream",
          agent,
          turn: stream.turn,
          part,
          kind,
          offset,
          text: text.slice(offset),
          ...(name === undefined ? {} : { name }),
        });
      }
      cursor.part = part;
      cursor.offset = text.length;
    }
  }
}
