// Commands and queries over a connection, each with its reply, for those who wait for it in order.

import type { AnswerValue, Command, Query, Reply, ServerMessage } from "../domain/protocol.ts";
import type { Connection } from "./connect.ts";

export type Answered<T extends AnswerValue["type"]> =
  | { readonly ok: true; readonly value: Extract<AnswerValue, { type: T }> }
  | { readonly ok: false; readonly reason: string };

export interface Caller {
  /** Resolves with a refusal where the connection ends first. */
  command(command: Command): Promise<Reply>;
  query<T extends Query["type"]>(query: Extract<Query, { type: T }>): Promise<Answered<T>>;
  /** Resolves when the connection has ended: with what the server said, or what broke; empty for a plain end. */
  readonly closed: Promise<string>;
  /** Ends the connection; `closed` follows. */
  close(): void;
}

/** Takes the connection over; what is neither a reply nor an answer goes to `onMessage`. */
export function createCaller(connection: Connection, onMessage: (message: ServerMessage) => void = () => {}): Caller {
  const { link } = connection;
  const waiting = new Map<number, (message: Outcome) => void>();
  let lastId = 0;
  let end: string | null = null;
  let farewell = "";
  let settleClosed: (reason: string) => void = () => {};
  const closed = new Promise<string>((resolve) => {
    settleClosed = resolve;
  });

  const call = (send: (id: number) => void): Promise<Outcome> => {
    lastId += 1;
    const id = lastId;
    if (end !== null) return Promise.resolve(gone(end));
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      send(id);
    });
  };
  const settle = (message: Exclude<Outcome, { type: "gone" }>): void => {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  };

  connection.begin({
    onMessage(message) {
      if (message.type === "reply" || message.type === "answer" || message.type === "refusal") settle(message);
      else {
        if (message.type === "bye") farewell = message.reason;
        onMessage(message);
      }
    },
    onRows() {},
    onClose(reason) {
      end = farewell === "" ? reason : farewell;
      for (const resolve of waiting.values()) resolve(gone(end));
      waiting.clear();
      settleClosed(end);
    },
  });

  return {
    closed,
    close: () => link.close(),
    async command(command) {
      const outcome = await call((id) => link.send({ type: "command", id, command }));
      if (outcome.type === "reply") return outcome;
      return {
        type: "reply",
        id: 0,
        ok: false,
        reason: outcome.type === "answer" ? "the server answered a command as a query" : outcome.reason,
      };
    },
    async query<T extends Query["type"]>(query: Extract<Query, { type: T }>): Promise<Answered<T>> {
      const outcome = await call((id) => link.send({ type: "query", id, query }));
      const type: T = query.type;
      if (outcome.type === "answer" && isOf(outcome.value, type)) return { ok: true, value: outcome.value };
      if (outcome.type === "refusal" || outcome.type === "gone") return { ok: false, reason: outcome.reason };
      return { ok: false, reason: `the server gave another answer than to "${query.type}"` };
    },
  };
}

type Outcome = Extract<ServerMessage, { type: "reply" | "answer" | "refusal" }> | { readonly type: "gone"; readonly reason: string };

function gone(reason: string): Outcome {
  return { type: "gone", reason: reason === "" ? "the server ended the connection" : reason };
}

function isOf<T extends AnswerValue["type"]>(value: AnswerValue, type: T): value is Extract<AnswerValue, { type: T }> {
  return value.type === type;
}
