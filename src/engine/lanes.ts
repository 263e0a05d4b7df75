// The one scheduler: a lane for each credential and origin, a limit of requests at once, and a fair turn for every agent in it.

import PQueue from "p-queue";
import type { LaneRow } from "../domain/protocol.ts";
import type { Clock } from "./ports.ts";

export interface LaneName {
  /** Credential and origin: what a provider counts by. */
  readonly key: string;
  /** What the user sees. */
  readonly label: string;
  readonly limit: number;
}

/** Where an agent stands: `place` is 0 while it holds a slot, 1 for the next in line. */
export interface LanePlace {
  readonly lane: string;
  readonly place: number;
  /** Ms since 1970 while the lane rests after a rate limit. */
  readonly retryAt: number | null;
}

interface Ticket {
  readonly owner: string;
  readonly start: () => Promise<void>;
}

interface Lane {
  readonly name: LaneName;
  readonly queue: PQueue;
  /** Waiting tickets, in the order in which they will be granted. */
  waiting: Ticket[];
  readonly active: Map<string, number>;
  pausedUntil: number | null;
}

export interface Lanes {
  /** Runs `job` when the lane grants a slot. Settles as `job` does; `null` when `signal` aborted before the slot came. */
  run<T>(name: LaneName, owner: string, signal: AbortSignal, job: () => Promise<T>): Promise<T | null>;
  /** Grants nothing on this lane before `until`; a shorter rest never cuts a longer one. */
  rest(key: string, until: number): void;
  place(key: string, owner: string): LanePlace | null;
  rows(): LaneRow[];
}

/** `onChange` is called after every change of a place; keep it cheap. */
export function createLanes(clock: Clock, onChange: () => void): Lanes {
  const lanes = new Map<string, Lane>();

  function laneFor(name: LaneName): Lane {
    let lane = lanes.get(name.key);
    if (lane === undefined) {
      lane = { name, queue: new PQueue({ concurrency: name.limit }), waiting: [], active: new Map(), pausedUntil: null };
      lanes.set(name.key, lane);
    }
    return lane;
  }

  function run<T>(name: LaneName, owner: string, signal: AbortSignal, job: () => Promise<T>): Promise<T | null> {
    if (signal.aborted) return Promise.resolve(null);
    const lane = laneFor(name);
    return new Promise<T | null>((resolve, reject) => {
      const ticket: Ticket = {
        owner,
        start: async () => {
          signal.removeEventListener("abort", leave);
          lane.active.set(owner, (lane.active.get(owner) ?? 0) + 1);
          onChange();
          try {
            resolve(await job());
          } catch (error) {
            reject(error);
          } finally {
            const left = (lane.active.get(owner) ?? 1) - 1;
            if (left > 0) lane.active.set(owner, left);
            else lane.active.delete(owner);
            onChange();
          }
        },
      };
      const leave = (): void => {
        lane.waiting = lane.waiting.filter((other) => other !== ticket);
        onChange();
        resolve(null);
      };
      signal.addEventListener("abort", leave, { once: true });
      lane.waiting = insertFairly(lane, ticket);
      onChange();
      // The queue grants slots; who gets the next one is decided only then.
      void lane.queue.add(async () => {
        await lane.waiting.shift()?.start();
      });
    });
  }

  function rest(key: string, until: number): void {
    const lane = lanes.get(key);
    if (lane === undefined || (lane.pausedUntil ?? 0) >= until) return;
    const isResting = lane.pausedUntil !== null;
    lane.pausedUntil = until;
    onChange();
    if (!isResting) void wake(lane);
  }

  async function wake(lane: Lane): Promise<void> {
    lane.queue.pause();
    while (lane.pausedUntil !== null && clock.now() < lane.pausedUntil) await clock.sleep(lane.pausedUntil - clock.now());
    lane.pausedUntil = null;
    lane.queue.start();
    onChange();
  }

  function place(key: string, owner: string): LanePlace | null {
    const lane = lanes.get(key);
    if (lane === undefined) return null;
    const index = lane.waiting.findIndex((ticket) => ticket.owner === owner);
    if (index < 0) return lane.active.has(owner) ? { lane: lane.name.label, place: 0, retryAt: null } : null;
    return { lane: lane.name.label, place: index + 1, retryAt: lane.pausedUntil };
  }

  return {
    run,
    rest,
    place,
    rows: () =>
      [...lanes.values()].map((lane) => ({
        id: lane.name.label,
        active: [...lane.active.values()].reduce((sum, held) => sum + held, 0),
        limit: lane.name.limit,
        waiting: lane.waiting.length,
        pausedUntil: lane.pausedUntil,
      })),
  };
}

/**
 * Round robin: an agent's n-th ticket stands behind everybody's n-th and before anybody's (n+1)-th, slots already held counted
 * in; so an agent that asks often cannot starve one that asks once.
 */
function insertFairly(lane: Lane, ticket: Ticket): Ticket[] {
  const seen = new Map(lane.active);
  const roundOf = (owner: string): number => {
    const round = (seen.get(owner) ?? 0) + 1;
    seen.set(owner, round);
    return round;
  };
  const rounds = lane.waiting.map((waiting) => roundOf(waiting.owner));
  const own = roundOf(ticket.owner);
  const at = rounds.findIndex((round) => round > own);
  return at < 0 ? [...lane.waiting, ticket] : lane.waiting.toSpliced(at, 0, ticket);
}
