// One connected client: what it has seen of the streams and terminals, and when it is sent the rest.
// Facts and replies go at once; pulses are never queued: a cursor for each stream says what the client has, and the newest
// difference is sent when its link has room. A slow client's cursors lag; nothing accumulates: a screen that falls far behind
// is spared the facts too and gets one snapshot when it reads again. A task needs each fact; its link ends at a bound.

import type { AgentId, TerminalId } from "../domain/ids.ts";
import type { Command, Hello, LaneRow, Pulse, ServerMessage } from "../domain/protocol.ts";
import type { AgentRuntime } from "../engine/agent-runtime.ts";
import type { LanePlace } from "../engine/lanes.ts";
import { encodeMessage } from "../link/frames.ts";
import type { ServerLink } from "../link/link.ts";

/** Between two flushes of terminal rows, ms: 60 a second. */
const ROWS_INTERVAL_MS = 16;
/** The same for what is beside a terminal that is being typed into, ms: its echo is not to wait for their frames. */
const ROWS_BESIDE_INTERVAL_MS = 33;
/** Between two flushes of streamed text, ms: the eye reads no faster. */
const TEXT_INTERVAL_MS = 33;
/** For this long after a key its terminal is flushed without waiting, ms. */
const HOT_MS = 60;
/** A link with more than this waiting is left to drain first, bytes. */
const BACKLOG_BYTES = 256 * 1024;
/** A screen with more than this waiting gets a snapshot in place of the facts that follow, bytes. */
const BEHIND_BYTES = 4 * 1024 * 1024;
/** How often a link that is full is looked at, ms. */
const DRAIN_LOOK_MS = 50;
/** Requests that may be open at once: a client that asks faster waits. */
const OPEN_REQUESTS_MAX = 256;

type View = Extract<Command, { type: "client.view" }>;

export interface StreamSources {
  runtime(agent: AgentId): AgentRuntime | undefined;
  lanePlace(agent: AgentId): LanePlace | null;
  rowsSince(terminal: TerminalId, version: number): { version: number; bytes: Uint8Array } | null;
  /** Terminals that may have one. */
  titles(): TerminalId[];
  /** What a terminal is called by itself; empty: nothing is known. */
  titleOf(terminal: TerminalId): string;
  lanes(): LaneRow[];
  /** A whole frame of the workspace as it stands; null for a connection without one. */
  snapshot(): Uint8Array | null;
}

export interface ClientFacts {
  readonly id: number;
  readonly role: Hello["role"];
  readonly folder: string;
}

interface StreamCursor {
  turn: string;
  part: number;
  offset: number;
}

export class ClientSession {
  readonly id: number;
  readonly role: Hello["role"];
  /** What its `hello` named. */
  readonly folder: string;
  readonly link: ServerLink;
  readonly #sources: StreamSources;
  #view: View | null = null;
  readonly #streams = new Map<AgentId, StreamCursor>();
  readonly #rows = new Map<TerminalId, number>();
  readonly #dirtyStreams = new Set<AgentId>();
  readonly #dirtyRows = new Set<TerminalId>();
  readonly #dirtyPlaces = new Set<AgentId>();
  readonly #places = new Map<AgentId, string>();
  #isLanesDirty = false;
  /** Terminals that rang since the last flush. */
  readonly #rung = new Set<TerminalId>();
  /** Terminals that are called otherwise since the last flush, and what this client was told. */
  readonly #dirtyTitles = new Set<TerminalId>();
  readonly #titles = new Map<TerminalId, string>();
  /** The newest line for the status row that waits for room. */
  #alert: string | null = null;
  #isBehind = false;
  #openRequests = 0;
  readonly #gone = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #dueAt = 0;
  #flushedAt = 0;
  #hot: { terminal: TerminalId; until: number } | null = null;

  constructor({ id, role, folder }: ClientFacts, link: ServerLink, sources: StreamSources) {
    this.id = id;
    this.role = role;
    this.folder = folder;
    this.link = link;
    this.#sources = sources;
  }

  get view(): View | null {
    return this.#view;
  }

  /** An answer that is too large for a frame becomes a refusal. */
  send(message: ServerMessage): void {
    const frame = encodeMessage(JSON.stringify(message));
    if (frame !== null) this.link.sendFrame(frame);
    else if (message.type === "answer")
      this.send({ type: "refusal", id: message.id, reason: "the answer is too large for one page; ask for less" });
    else this.link.send(message);
  }

  /** A fact as a frame, made once for all clients; null where it is too large for one: then the state is sent instead. */
  sendFact(frame: Uint8Array | null): void {
    if (this.#isBehind) return;
    if (frame === null) return this.sendSnapshot();
    if (this.role === "screen" && this.link.bufferedBytes() > BEHIND_BYTES) {
      this.#isBehind = true;
      this.#schedule(DRAIN_LOOK_MS);
      return;
    }
    this.link.sendFrame(frame);
  }

  /** The whole state: what streams is sent anew after it. */
  sendSnapshot(frame: Uint8Array | null = this.#sources.snapshot()): void {
    if (frame === null || this.#isBehind) return;
    this.link.sendFrame(frame);
    this.#streams.clear();
    this.#rows.clear();
    this.#places.clear();
    if (this.#view !== null) this.setView(this.#view);
  }

  pulse(pulse: Pulse): void {
    this.send({ type: "pulse", pulse });
  }

  /** One line for the status row. */
  alert(text: string): void {
    if (this.#hasRoom()) return this.pulse({ type: "alert", text });
    this.#alert = text;
    this.#schedule(DRAIN_LOOK_MS);
  }

  requestBegins(): void {
    this.#openRequests += 1;
    if (this.#openRequests === OPEN_REQUESTS_MAX) this.link.pause();
  }

  requestEnds(): void {
    this.#openRequests -= 1;
    if (this.#openRequests === OPEN_REQUESTS_MAX / 2) this.link.resume();
  }

  setView(view: View): void {
    // Those of panes that are not shown too: lists of places name them.
    const isFirst = this.#view === null;
    if (isFirst) for (const terminal of this.#sources.titles()) this.touchTitle(terminal);
    this.#view = view;
    if (isFirst && this.#sources.lanes().length > 0) this.touchLanes();
    const visible = new Set(view.terminals.map((shown) => shown.terminal));
    for (const terminal of this.#rows.keys()) if (!visible.has(terminal)) this.#rows.delete(terminal);
    for (const terminal of visible) this.touchTerminal(terminal);
    for (const agent of view.agents) this.touchStream(agent);
    this.touchPlaces(view.agents);
  }

  keyTyped(terminal: TerminalId): void {
    this.#hot = { terminal, until: performance.now() + HOT_MS };
  }

  touchStream(agent: AgentId): void {
    const stream = this.#sources.runtime(agent)?.stream;
    const isOver = stream === undefined || stream.turn === null;
    if (isOver && !this.#streams.has(agent)) {
      this.#dirtyStreams.delete(agent);
      return;
    }
    // An end is said at once: the items that follow take the stream's place.
    if (isOver && this.#hasRoom()) return this.#sendStream(agent);
    if (!isOver && this.#view?.agents.includes(agent) !== true) return;
    this.#dirtyStreams.add(agent);
    this.#schedule(TEXT_INTERVAL_MS);
  }

  touchTerminal(terminal: TerminalId): void {
    if (this.#view?.terminals.some((shown) => shown.terminal === terminal) !== true) return;
    this.#dirtyRows.add(terminal);
    const isHot = this.#hot !== null && performance.now() < this.#hot.until;
    if (isHot && this.#hot?.terminal === terminal && this.#hasRoom()) return this.#sendRows(terminal, true);
    this.#schedule(isHot ? ROWS_BESIDE_INTERVAL_MS : ROWS_INTERVAL_MS);
  }

  /** Places in the queue may have changed. */
  touchPlaces(agents: readonly AgentId[]): void {
    for (const agent of agents) this.#dirtyPlaces.add(agent);
    if (this.#hasRoom()) this.#sendPlaces();
    else this.#schedule(DRAIN_LOOK_MS);
  }

  touchLanes(): void {
    if (this.#view === null) return;
    this.#isLanesDirty = true;
    this.#schedule(TEXT_INTERVAL_MS);
  }

  bell(terminal: TerminalId): void {
    if (this.#view === null) return;
    this.#rung.add(terminal);
    this.#schedule(TEXT_INTERVAL_MS);
  }

  touchTitle(terminal: TerminalId): void {
    this.#dirtyTitles.add(terminal);
    this.#schedule(TEXT_INTERVAL_MS);
  }

  /** Aborts when the client is there no more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    this.#gone.abort();
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

  #hasRoom(): boolean {
    return !this.#isBehind && this.link.bufferedBytes() <= BACKLOG_BYTES;
  }

  #flush(): void {
    this.#timer = null;
    this.#flushedAt = performance.now();
    if (this.link.bufferedBytes() > BACKLOG_BYTES) return this.#schedule(DRAIN_LOOK_MS);
    if (this.#isBehind) {
      this.#isBehind = false;
      this.sendSnapshot();
    }
    if (this.#alert !== null) this.pulse({ type: "alert", text: this.#alert });
    this.#alert = null;
    this.#sendPlaces();
    if (this.#isLanesDirty) this.pulse({ type: "lanes", rows: this.#sources.lanes() });
    this.#isLanesDirty = false;
    for (const terminal of this.#rung) this.pulse({ type: "bell", terminal });
    this.#rung.clear();
    this.#sendTitles();
    for (const terminal of [...this.#dirtyRows]) this.#sendRows(terminal);
    for (const agent of [...this.#dirtyStreams]) this.#sendStream(agent);
  }

  #sendPlaces(): void {
    for (const agent of this.#dirtyPlaces) {
      const place = this.#sources.lanePlace(agent);
      const key = place === null ? "" : `${place.lane} ${place.place} ${place.retryAt ?? ""}`;
      if ((this.#places.get(agent) ?? "") === key) continue;
      this.#places.set(agent, key);
      if (place !== null) this.pulse({ type: "queue", agent, lane: place.lane, place: place.place, retryAt: place.retryAt });
    }
    this.#dirtyPlaces.clear();
  }

  #sendTitles(): void {
    // Who shows nothing is told when it does.
    if (this.#view === null) return this.#dirtyTitles.clear();
    for (const terminal of this.#dirtyTitles) {
      const title = this.#sources.titleOf(terminal);
      if ((this.#titles.get(terminal) ?? "") === title) continue;
      this.#titles.set(terminal, title);
      this.pulse({ type: "title", terminal, title });
    }
    this.#dirtyTitles.clear();
  }

  #sendRows(terminal: TerminalId, isEcho = false): void {
    this.#dirtyRows.delete(terminal);
    const changes = this.#sources.rowsSince(terminal, this.#rows.get(terminal) ?? 0);
    if (changes === null) return;
    this.#rows.set(terminal, changes.version);
    this.link.sendRows(changes.bytes, isEcho);
  }

  #sendStream(agent: AgentId): void {
    this.#dirtyStreams.delete(agent);
    const stream = this.#sources.runtime(agent)?.stream;
    if (stream === undefined || stream.turn === null) {
      if (this.#streams.delete(agent)) this.pulse({ type: "streamEnded", agent });
      return;
    }
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
