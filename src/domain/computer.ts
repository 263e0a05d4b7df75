// What a model may do with the screen, mouse and keyboard, and the words that say it: in an approval, in a pane, in a log.

import { z } from "zod";

/** Pixels of the screenshots that the model is given, from the upper left; the real screen may be larger. */
const sideSchema = z.int().min(0).max(32_767);
export const pointSchema = z.tuple([sideSchema, sideSchema]);
export type Point = z.infer<typeof pointSchema>;

export const modifierSchema = z.enum(["ctrl", "shift", "alt", "super"]);
export type Modifier = z.infer<typeof modifierSchema>;
const hold = z.array(modifierSchema).max(4).optional();

export const TYPED_CHARS_MAX = 10_000;
export const KEY_REPEATS_MAX = 100;
export const SCROLL_CLICKS_MAX = 100;
/** Anthropic's own limit of `wait` and `hold_key`. */
export const PAUSE_MS_MAX = 300_000;
/** X11's names of keys, joined by +; nothing in them can be taken for an option. */
const chordSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_]+(\+[A-Za-z0-9_]+)*$/);

/** Left out, `at` is where the pointer stands. */
export const computerActionSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("screenshot") }),
  /** A part of the screen, larger: left, top, right, bottom. */
  z.object({ type: z.literal("zoom"), region: z.tuple([sideSchema, sideSchema, sideSchema, sideSchema]) }),
  z.object({
    type: z.literal("click"),
    button: z.enum(["left", "middle", "right"]),
    count: z.int().min(1).max(3),
    at: pointSchema.optional(),
    hold,
  }),
  z.object({ type: z.literal("drag"), from: pointSchema, to: pointSchema, hold }),
  z.object({ type: z.literal("move"), to: pointSchema }),
  /** The left button, held until `release`. */
  z.object({ type: z.literal("press") }),
  z.object({ type: z.literal("release") }),
  z.object({ type: z.literal("position") }),
  z.object({
    type: z.literal("scroll"),
    direction: z.enum(["up", "down", "left", "right"]),
    clicks: z.int().min(1).max(SCROLL_CLICKS_MAX),
    at: pointSchema.optional(),
    hold,
  }),
  z.object({ type: z.literal("type"), text: z.string().min(1).max(TYPED_CHARS_MAX) }),
  z.object({ type: z.literal("keys"), chords: z.array(chordSchema).min(1).max(20), times: z.int().min(1).max(KEY_REPEATS_MAX) }),
  z.object({ type: z.literal("holdKey"), chord: chordSchema, ms: z.int().min(1).max(PAUSE_MS_MAX) }),
  z.object({ type: z.literal("wait"), ms: z.int().min(0).max(PAUSE_MS_MAX) }),
]);
export type ComputerAction = z.infer<typeof computerActionSchema>;

/** Pixels. */
export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

/** What would be done and where: all of it, the typed text as it is. */
export function computerWords(action: ComputerAction): string {
  switch (action.type) {
    case "screenshot":
      return "take a screenshot";
    case "zoom": {
      const [left, top, right, bottom] = action.region;
      return `look closely at ${left}, ${top} to ${right}, ${bottom}`;
    }
    case "click": {
      const name = action.count === 1 ? "click" : action.count === 2 ? "double-click" : "triple-click";
      return `${name} ${action.button}${placeWords(action.at)}${holdWords(action.hold)}`;
    }
    case "drag":
      return `drag from ${pointWords(action.from)} to ${pointWords(action.to)}${holdWords(action.hold)}`;
    case "move":
      return `move the pointer to ${pointWords(action.to)}`;
    case "press":
      return "press the left button and hold it";
    case "release":
      return "let the left button go";
    case "position":
      return "ask where the pointer is";
    case "scroll": {
      const clicks = action.clicks === 1 ? "1 click" : `${action.clicks} clicks`;
      return `scroll ${action.direction} ${clicks}${placeWords(action.at)}${holdWords(action.hold)}`;
    }
    case "type":
      return `type “${action.text}”`;
    case "keys":
      return `press ${action.chords.join(" ")}${action.times === 1 ? "" : ` ${action.times} times`}`;
    case "holdKey":
      return `hold ${action.chord} for ${secondsWords(action.ms)}`;
    case "wait":
      return `wait ${secondsWords(action.ms)}`;
    default:
      return action satisfies never;
  }
}

/** The same on one line: the typed text stands apart. */
export function computerTitle(action: ComputerAction): string {
  return action.type === "type"
    ? `type ${action.text.length === 1 ? "1 character" : `${action.text.length} characters`}`
    : computerWords(action);
}

function pointWords([x, y]: Point): string {
  return `${x}, ${y}`;
}

function placeWords(at: Point | undefined): string {
  return at === undefined ? " where the pointer is" : ` at ${pointWords(at)}`;
}

function holdWords(held: readonly Modifier[] | undefined): string {
  return held === undefined || held.length === 0 ? "" : ` holding ${held.join("+")}`;
}

function secondsWords(ms: number): string {
  return `${Number((ms / 1000).toFixed(2))} s`;
}

/** Neither changes anything nor shows anything of the screen. */
export function isHarmless(action: ComputerAction): boolean {
  return action.type === "wait" || action.type === "position";
}
