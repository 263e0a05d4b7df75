// One end of the link between a client and the server: messages out, checked messages in, over a unix socket.

import type { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";
import type { ZodType } from "zod";
import { type ClientMessage, clientMessageSchema, type ServerMessage, serverMessageSchema } from "../domain/protocol.ts";
import { encodeKeysFrame, encodeMessage, encodeRowsFrame, type Frame, FrameReader, type Keys } from "./frames.ts";

/** A peer that takes nothing while this much waits for it is told so and dropped: it may come back and take a snapshot. */
const BUFFERED_MAX_BYTES = 64 * 1024 * 1024;
/** What is handed to the system ahead of a slow peer; the rest waits here, where it can still be dropped. */
const AHEAD_BYTES = 256 * 1024;
/**
 * zod compiles each object's check when it is first used: a millisecond each, which pays after some hundred messages and not for
 * the few of a first screen.
 */
const UNCOMPILED_MESSAGES = 256;
/** How long a peer that was told `bye` may take to read it, ms. */
const GOODBYE_MS = 500;
/** The same for one that was stuck: it finds the `bye` when it goes on. */
const STUCK_GOODBYE_MS = 10_000;

/**
 * `Out` goes to the peer, `In` comes from it. The handlers are set by the owner in the same tick in which it got the
 * link; nothing arrives before. No method throws; after the end all of them do nothing.
 */
export interface Link<Out, In> {
  onMessage: (message: In) => void;
  /** A view of a larger buffer: copy what must outlive the call. */
  onRows: (bytes: Uint8Array) => void;
  /** What a client's user types into a program. */
  onKeys: (keys: Keys) => void;
  /** Once, at the end, whoever caused it. `reason` is empty after a plain end by either side. */
  onClose: (reason: string) => void;
  /** All that is sent within a tick leaves in one write, but for what is urgent. */
  send(message: Out): void;
  /** What `encodeMessage` made of a message, once for all who get it. */
  sendFrame(frame: Uint8Array): void;
  /** `isUrgent`: at once, without waiting for what else this tick brings. */
  sendRows(bytes: Uint8Array, isUrgent?: boolean): void;
  /** Urgent. Nothing answers: what they did shows in the terminal's rows. */
  sendKeys(keys: Keys): void;
  /** Bytes that wait for the peer: the server lets a slow client's pulses lag by this. */
  bufferedBytes(): number;
  /** Stops reading (what is read already still arrives) and goes on: a peer that asks faster than it is answered waits. */
  pause(): void;
  resume(): void;
  /** Ends the connection after what was sent; `onClose` follows. */
  close(): void;
}

export type ClientLink = Link<ClientMessage, ServerMessage>;
export type ServerLink = Link<ServerMessage, ClientMessage>;

interface Direction<Out, In> {
  readonly schema: ZodType<In>;
  /** The kind of frame, beside messages, that comes from there. */
  readonly takes: "keys" | "rows";
  /** What a peer that broke the protocol is told before it is dropped; null: nothing. */
  readonly farewell: (reason: string) => Out | null;
}

const asServer: Direction<ServerMessage, ClientMessage> = {
  schema: clientMessageSchema,
  takes: "keys",
  farewell: (reason) => ({ type: "bye", reason }),
};

const asClient: Direction<ClientMessage, ServerMessage> = {
  schema: serverMessageSchema,
  takes: "rows",
  farewell: () => null,
};

/** The server's end of a connection that its listener accepted. */
export function acceptLink(socket: Socket): ServerLink {
  return new SocketLink(socket, asServer);
}

/** The client's end. Rejects with the system's error (`code` ECONNREFUSED, ENOENT …) where nobody listens. */
export function connectLink(socketPath: string): Promise<ClientLink> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new SocketLink(socket, asClient));
    });
  });
}

class SocketLink<Out, In> implements Link<Out, In> {
  onMessage: (message: In) => void = () => {};
  onRows: (bytes: Uint8Array) => void = () => {};
  onKeys: (keys: Keys) => void = () => {};
  onClose: (reason: string) => void = () => {};

  readonly #socket: Socket;
  readonly #direction: Direction<Out, In>;
  readonly #reader = new FrameReader();
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #checked = 0;
  #isOpen = true;
  #isCorked = false;
  #isClosedSaid = false;
  #reason = "";

  constructor(socket: Socket, direction: Direction<Out, In>) {
    this.#socket = socket;
    this.#direction = direction;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("drain", () => this.#pump());
    socket.on("end", () => this.#finish(this.#reader.end() ?? ""));
    // A peer that died is an end like any other; what it was is for the owner to say.
    socket.on("error", (error: NodeJS.ErrnoException) => this.#finish(`the connection broke (${error.code ?? error.message})`));
    socket.on("close", () => {
      this.#finish("");
      this.#sayClosed();
    });
  }

  send(message: Out): void {
    if (!this.#isOpen) return;
    const frame = encodeMessage(JSON.stringify(message));
    if (frame === null) this.#drop("a message was too large for the link");
    else this.#write(frame);
  }

  sendFrame(frame: Uint8Array): void {
    this.#write(frame);
  }

  sendRows(bytes: Uint8Array, isUrgent = false): void {
    if (!this.#isOpen) return;
    const frame = encodeRowsFrame(bytes);
    if (frame === null) {
      this.#drop("a screen of terminal rows was too large for the link");
      return;
    }
    this.#write(frame, isUrgent);
  }

  sendKeys(keys: Keys): void {
    if (!this.#isOpen) return;
    const frame = encodeKeysFrame(keys);
    if (frame === null) this.#drop("keys were too large for the link");
    else this.#write(frame, true);
  }

  bufferedBytes(): number {
    return this.#socket.writableLength + this.#heldBytes;
  }

  pause(): void {
    if (this.#isOpen) this.#socket.pause();
  }

  resume(): void {
    if (this.#isOpen) this.#socket.resume();
  }

  close(): void {
    this.#finish("");
  }

  #write(bytes: Uint8Array, isUrgent = false): void {
    if (!this.#isOpen) return;
    if (this.#heldBytes === 0 && this.#socket.writableLength < AHEAD_BYTES) {
      // Where something of this tick waits already, it goes behind that.
      if (!isUrgent) this.#cork();
      this.#socket.write(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > BUFFERED_MAX_BYTES) this.#dropStuck();
  }

  /** The system has taken what it was given. */
  #pump(): void {
    let taken = 0;
    while (this.#socket.writableLength < AHEAD_BYTES) {
      const bytes = this.#held[taken];
      if (bytes === undefined) break;
      taken += 1;
      this.#heldBytes -= bytes.length;
      this.#cork();
      this.#socket.write(bytes);
    }
    this.#held.splice(0, taken);
  }

  #dropStuck(): void {
    this.#held.length = 0;
    this.#heldBytes = 0;
    const reason = `nothing was read for too long, and ${BUFFERED_MAX_BYTES / 1024 / 1024} MB were waiting`;
    const farewell = this.#direction.farewell(reason);
    const frame = farewell === null ? null : encodeMessage(JSON.stringify(farewell));
    if (frame !== null) this.#socket.write(frame);
    this.#finish(reason, STUCK_GOODBYE_MS);
    // Its owner is done with it, and nobody's end waits for a peer that may never read.
    this.#socket.unref();
    process.nextTick(() => this.#sayClosed());
  }

  #sayClosed(): void {
    if (this.#isClosedSaid) return;
    this.#isClosedSaid = true;
    this.onClose(this.#reason);
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) {
      if (!this.#isOpen) return;
      this.#takeFrame(frame);
    }
  }

  #takeFrame(frame: Frame): void {
    switch (frame.type) {
      case "rows":
        if (this.#direction.takes === "rows") this.onRows(frame.bytes);
        else this.#drop("terminal rows, which only a server sends");
        return;
      case "keys":
        if (this.#direction.takes === "keys") this.onKeys(frame.keys);
        else this.#drop("keys, which only a client sends");
        return;
      case "message": {
        this.#checked += 1;
        const checked = checkMessage(this.#direction.schema, frame.text, this.#checked > UNCOMPILED_MESSAGES);
        if (checked.ok) this.onMessage(checked.message);
        else this.#drop(checked.reason);
        return;
      }
      case "bad":
        this.#drop(frame.reason);
        return;
      default:
        frame satisfies never;
    }
  }

  /** Says why, where that side is told, and ends. */
  #drop(reason: string): void {
    if (!this.#isOpen) return;
    const farewell = this.#direction.farewell(reason);
    const frame = farewell === null ? null : encodeMessage(JSON.stringify(farewell));
    if (frame !== null) this.#write(frame);
    this.#finish(reason);
  }

  #finish(reason: string, goodbyeMs = GOODBYE_MS): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#reason = reason;
    for (const bytes of this.#held.splice(0)) this.#socket.write(bytes);
    this.#heldBytes = 0;
    // An end sends what is corked; a peer that does not read it is cut off.
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), goodbyeMs);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.resume();
  }
}

type Checked<T> = { readonly ok: true; readonly message: T } | { readonly ok: false; readonly reason: string };

/** Quotes where a message is wrong, never what it held: it may hold a secret. */
function checkMessage<T>(schema: ZodType<T>, text: string, mayCompile: boolean): Checked<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: "a message is not JSON" };
  }
  try {
    const result = schema.safeParse(value, mayCompile ? undefined : { jitless: true });
    if (result.success) return { ok: true, message: result.data };
    const issue = result.error.issues[0];
    const path = issue?.path.join(".") || "its type";
    return { ok: false, reason: `a message of unknown shape (${path}: ${issue?.code ?? "invalid"})` };
  } catch {
    // Nested so deep that checking it overflows the stack.
    return { ok: false, reason: "a message is nested too deep" };
  }
}
