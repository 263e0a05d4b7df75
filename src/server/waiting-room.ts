// Connections that have not said who they are: few, and not for long.

import type { Socket } from "node:net";
import type { Hello } from "../domain/protocol.ts";
import { acceptLink, type ServerLink } from "../link/link.ts";

/** From the connection to its `hello`; clients send it at once. */
const HELLO_LIMIT_MS = 5_000;
/** With more the one that has waited longest is dropped: who means it has long said `hello`. */
const WAITING_MAX = 64;

export interface WaitingRoom {
  accept(socket: Socket): void;
  close(): void;
}

export interface WaitingRoomOptions {
  /** The link's handlers are the receiver's from here on. */
  onHello(link: ServerLink, hello: Hello): void;
  readonly helloLimitMs?: number;
}

export function createWaitingRoom({ onHello, helloLimitMs = HELLO_LIMIT_MS }: WaitingRoomOptions): WaitingRoom {
  const waiting = new Map<ServerLink, NodeJS.Timeout>();
  const forget = (link: ServerLink): void => {
    clearTimeout(waiting.get(link));
    waiting.delete(link);
  };
  const turnAway = (link: ServerLink, reason: string): void => {
    forget(link);
    link.onMessage = () => {};
    link.send({ type: "bye", reason });
    link.close();
  };
  return {
    accept(socket) {
      const link = acceptLink(socket);
      // After a standstill of this process or of the machine, what came meanwhile is read before anybody is late.
      const late = (): void => {
        if (waiting.has(link)) turnAway(link, `no hello within ${helloLimitMs / 1000} s`);
      };
      waiting.set(
        link,
        setTimeout(() => setImmediate(late), helloLimitMs),
      );
      link.onClose = () => forget(link);
      link.onMessage = (message) => {
        if (message.type !== "hello") return turnAway(link, "the first message must be hello");
        forget(link);
        link.onClose = () => {};
        onHello(link, message);
      };
      if (waiting.size <= WAITING_MAX) return;
      const [longest] = waiting.keys();
      if (longest !== undefined) turnAway(longest, "too many connections wait here");
    },
    close() {
      for (const link of [...waiting.keys()]) turnAway(link, "the server was stopped");
    },
  };
}
