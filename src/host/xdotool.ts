// What xdotool is told for each action: its arguments, as a list that no shell reads, and the text to type, which goes in by a pipe.

import type { ComputerAction, Modifier, Point, ScreenSize } from "../domain/computer.ts";
import { toScreen } from "../domain/computer-tool.ts";

export interface XdotoolRun {
  readonly args: readonly string[];
  /** Read from its stdin. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** What lets go of everything again, should it end before its time. */
  readonly undo?: readonly string[];
}

type Acting = Exclude<ComputerAction, { type: "screenshot" | "zoom" | "position" | "wait" | "holdKey" }>;

const KEYSYMS: Readonly<Record<Modifier, string>> = { ctrl: "Control_L", shift: "Shift_L", alt: "Alt_L", super: "Super_L" };
const BUTTONS = { left: "1", middle: "2", right: "3" } as const;
const WHEEL = { up: "4", down: "5", left: "6", right: "7" } as const;
const BASE_MS = 5_000;
/** Between keys that are typed: faster loses some in programs that are busy. */
const TYPE_DELAY_MS = 12;
const KEY_DELAY_MS = 30;
const CLICK_DELAY_MS = 80;
const WHEEL_DELAY_MS = 20;

/** `shown` is what the action's coordinates mean; `screen` what they become. They are checked to lie within. */
export function xdotoolRun(action: Acting, shown: ScreenSize, screen: ScreenSize): XdotoolRun {
  const move = (at: Point | undefined): string[] => (at === undefined ? [] : ["mousemove", ...toScreen(at, shown, screen).map(String)]);
  switch (action.type) {
    case "click": {
      const click = ["click", "--repeat", String(action.count), "--delay", String(CLICK_DELAY_MS), BUTTONS[action.button]];
      return held(action.hold, [...move(action.at), ...click]);
    }
    case "scroll": {
      const turn = ["click", "--repeat", String(action.clicks), "--delay", String(WHEEL_DELAY_MS), WHEEL[action.direction]];
      return held(action.hold, [...move(action.at), ...turn], action.clicks * WHEEL_DELAY_MS);
    }
    case "drag": {
      // Programs take a drag for one only where they see the pointer move on its way.
      const middle: Point = [Math.round((action.from[0] + action.to[0]) / 2), Math.round((action.from[1] + action.to[1]) / 2)];
      const pause = ["sleep", "0.05"];
      const way = [
        ...move(action.from),
        "mousedown",
        "1",
        ...pause,
        ...move(middle),
        ...pause,
        ...move(action.to),
        ...pause,
        "mouseup",
        "1",
      ];
      const run = held(action.hold, way);
      return { ...run, undo: ["mouseup", "1", ...(run.undo ?? [])] };
    }
    case "move":
      return { args: move(action.to), timeoutMs: BASE_MS };
    case "press":
      return { args: ["mousedown", "1"], timeoutMs: BASE_MS };
    case "release":
      return { args: ["mouseup", "1"], timeoutMs: BASE_MS };
    case "type":
      // By a pipe: arguments can be read by every user of the machine, and may begin with a dash.
      return {
        args: ["type", "--delay", String(TYPE_DELAY_MS), "--file", "-"],
        input: action.text,
        timeoutMs: BASE_MS + action.text.length * TYPE_DELAY_MS * 5,
      };
    case "keys": {
      const all = Array.from({ length: action.times }, () => action.chords).flat();
      return { args: ["key", "--delay", String(KEY_DELAY_MS), ...all], timeoutMs: BASE_MS + all.length * KEY_DELAY_MS * 5 };
    }
    default:
      return action satisfies never;
  }
}

function held(hold: readonly Modifier[] | undefined, args: readonly string[], moreMs = 0): XdotoolRun {
  const timeoutMs = BASE_MS + moreMs * 5;
  if (hold === undefined || hold.length === 0) return { args, timeoutMs };
  const keys = hold.map((modifier) => KEYSYMS[modifier]);
  const up = keys.toReversed().flatMap((key) => ["keyup", key]);
  return { args: [...keys.flatMap((key) => ["keydown", key]), ...args, ...up], timeoutMs, undo: up };
}

/** Down until `ms` are over; xdotool itself waits, so that nothing is left down where the server dies meanwhile. */
export function holdKeyRun(chord: string, ms: number): XdotoolRun {
  const up = ["keyup", chord];
  return { args: ["keydown", chord, "sleep", (ms / 1000).toFixed(3), ...up], timeoutMs: BASE_MS + ms, undo: up };
}

/** Why the coordinates mean nothing; null where they do. */
export function boundsProblem(action: ComputerAction, { width, height }: ScreenSize): string | null {
  const points: readonly (Point | undefined)[] =
    action.type === "drag" ? [action.from, action.to] : action.type === "move" ? [action.to] : "at" in action ? [action.at] : [];
  const outside = points.find((point) => point !== undefined && (point[0] >= width || point[1] >= height));
  if (outside === undefined) return null;
  return `${outside[0]}, ${outside[1]} lies outside the screen, which is ${width}×${height}: coordinates are pixels of the screenshot, from its upper left`;
}
