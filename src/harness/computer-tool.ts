// The screen, mouse and keyboard in Anthropic's words: the `computer` tool with its `action`, as all versions of it name them.

import { z } from "zod";
import {
  type ComputerAction,
  computerActionSchema,
  KEY_REPEATS_MAX,
  type Modifier,
  PAUSE_MS_MAX,
  type Point,
  SCROLL_CLICKS_MAX,
  TYPED_CHARS_MAX,
} from "../domain/computer.ts";
import { COMPUTER_ACTIONS } from "../domain/computer-tool.ts";
import { readChord, readModifiers } from "./computer-keys.ts";
import { type ActionOf, type Problem, problem, spoken, type Tool, tool } from "./dialect.ts";
import type { Spoken } from "./harness.ts";

export const COMPUTER = "computer";

type ActionName = (typeof COMPUTER_ACTIONS)[number];

const numbers = z.array(z.number());
const schema = z.object({
  action: z.enum(COMPUTER_ACTIONS),
  coordinate: numbers.optional(),
  start_coordinate: numbers.optional(),
  region: numbers.optional(),
  text: z.string().optional(),
  repeat: z.number().optional(),
  duration: z.number().optional(),
  scroll_direction: z.enum(["up", "down", "left", "right"]).optional(),
  scroll_amount: z.number().optional(),
});
type Args = z.output<typeof schema>;

export const computerTool: Tool = tool({
  name: COMPUTER,
  group: "gui",
  description: "Looks at the user's screen and uses its mouse and keyboard. The user may be asked first and may refuse.",
  builtin: COMPUTER,
  schema,
  toAction: (args) => {
    const does = toComputerAction(args);
    if (does.type === "problem") return does;
    const checked = computerActionSchema.safeParse(does);
    if (checked.success) return { type: "computer", does: checked.data };
    const issue = checked.error.issues[0];
    return problem(`${args.action}: \`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? "not understood"}`);
  },
});

/** A value out of its range is left to the schema, which says so. */
function toComputerAction(args: Args): ComputerAction | Problem {
  const { action, text } = args;
  switch (action) {
    case "screenshot":
      return { type: "screenshot" };
    case "zoom":
      return zoom(args);
    case "left_click":
    case "right_click":
    case "middle_click":
    case "double_click":
    case "triple_click":
      return withPlace(args, ({ at, hold }) => ({ type: "click", ...CLICKS[action], ...at, ...hold }));
    case "left_click_drag": {
      const from = point(args.start_coordinate);
      const to = point(args.coordinate);
      if (from === null || to === null) return problem("left_click_drag: `start_coordinate` and `coordinate` must each be [x, y]");
      return withPlace(args, ({ hold }) => ({ type: "drag", from, to, ...hold }));
    }
    case "mouse_move": {
      const to = point(args.coordinate);
      return to === null ? problem("mouse_move: `coordinate` must be [x, y]") : { type: "move", to };
    }
    case "left_mouse_down":
      return { type: "press" };
    case "left_mouse_up":
      return { type: "release" };
    case "cursor_position":
      return { type: "position" };
    case "scroll": {
      const { scroll_direction: direction, scroll_amount: amount } = args;
      if (direction === undefined || amount === undefined)
        return problem("scroll: `scroll_direction` (up, down, left, right) and `scroll_amount` are needed");
      const clicks = Math.round(amount);
      if (clicks < 1 || clicks > SCROLL_CLICKS_MAX) return problem(`scroll: \`scroll_amount\` must be from 1 to ${SCROLL_CLICKS_MAX}`);
      return withPlace(args, ({ at, hold }) => ({ type: "scroll", direction, clicks, ...at, ...hold }));
    }
    case "type":
      return typeText(text);
    case "key":
      return keys(text, args.repeat);
    case "hold_key": {
      const chord = text === undefined ? null : readChord(text);
      if (chord === null) return problem("hold_key: `text` must name a key");
      if (!chord.ok) return problem(noSuchKey("hold_key", chord.part));
      const ms = milliseconds(args.duration);
      return ms === null || ms === 0 ? problem(pauseProblem("hold_key")) : { type: "holdKey", chord: chord.chord, ms };
    }
    case "wait": {
      const ms = milliseconds(args.duration);
      return ms === null ? problem(pauseProblem("wait")) : { type: "wait", ms };
    }
    default:
      return action satisfies never;
  }
}

const CLICKS = {
  left_click: { button: "left", count: 1 },
  right_click: { button: "right", count: 1 },
  middle_click: { button: "middle", count: 1 },
  double_click: { button: "left", count: 2 },
  triple_click: { button: "left", count: 3 },
} as const;

/** Null: not two numbers. Half pixels are rounded. */
function point(given: readonly number[] | undefined): Point | null {
  const [x, y, ...more] = given ?? [];
  if (x === undefined || y === undefined || more.length > 0) return null;
  return [Math.round(x), Math.round(y)];
}

function zoom({ region }: Args): ComputerAction | Problem {
  const [left, top, right, bottom, ...more] = (region ?? []).map(Math.round);
  const isWhole = left !== undefined && top !== undefined && right !== undefined && bottom !== undefined && more.length === 0;
  if (!isWhole || right <= left || bottom <= top)
    return problem("zoom: `region` must be [x0, y0, x1, y1], its upper left and lower right corner");
  return { type: "zoom", region: [left, top, right, bottom] };
}

interface Place {
  readonly at: { readonly at?: Point };
  readonly hold: { readonly hold?: Modifier[] };
}

function withPlace(args: Args, make: (place: Place) => ComputerAction): ComputerAction | Problem {
  const at = point(args.coordinate);
  if (args.coordinate !== undefined && at === null) return problem(`${args.action}: \`coordinate\` must be [x, y]`);
  const isHolding = args.text !== undefined && args.text.trim() !== "";
  const hold = isHolding ? readModifiers(args.text ?? "") : [];
  if (hold === null)
    return problem(`${args.action}: \`text\` names the keys held meanwhile: shift, ctrl, alt, super, or several joined by +`);
  return make({ at: at === null ? {} : { at }, hold: hold.length === 0 ? {} : { hold } });
}

/** Keys that are no text have names of their own, and the user should read them as such. */
function typeText(given: string | undefined): ComputerAction | Problem {
  if (given === undefined || given === "") return problem("type: `text` is empty");
  const text = given.replaceAll("\r\n", "\n");
  if (text.length > TYPED_CHARS_MAX)
    return problem(`type: \`text\` has ${text.length} characters, at most ${TYPED_CHARS_MAX}: type it in parts`);
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text) || !text.isWellFormed())
    return problem("type: `text` has control characters in it; press such keys with the key action");
  return { type: "type", text };
}

/** Several in a row may stand with spaces between them. */
function keys(text: string | undefined, repeat: number | undefined): ComputerAction | Problem {
  const words = text === " " ? ["space"] : (text ?? "").split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return problem("key: `text` must name a key, such as Return or ctrl+s");
  if (words.length > 20) return problem("key: at most 20 keys in a row; text is typed with the type action");
  const chords: string[] = [];
  for (const word of words) {
    const chord = readChord(word);
    if (!chord.ok) return problem(noSuchKey("key", chord.part));
    chords.push(chord.chord);
  }
  const times = Math.round(repeat ?? 1);
  return times >= 1 && times <= KEY_REPEATS_MAX
    ? { type: "keys", chords, times }
    : problem(`key: \`repeat\` must be from 1 to ${KEY_REPEATS_MAX}`);
}

function noSuchKey(action: string, part: string): string {
  return `${action}: there is no key named "${part.slice(0, 40)}"; keys are named as in Return, Page_Down, F5, ctrl+s`;
}

/** From seconds. */
function milliseconds(duration: number | undefined): number | null {
  if (duration === undefined || !Number.isFinite(duration) || duration < 0) return null;
  const ms = Math.round(duration * 1000);
  return ms <= PAUSE_MS_MAX ? ms : null;
}

function pauseProblem(action: string): string {
  return `${action}: \`duration\` must be a number of seconds, at most ${PAUSE_MS_MAX / 1000}`;
}

// Said again ------------------------------------------------------------------------------------------------------------

const BUTTONS: Readonly<Record<"left" | "middle" | "right", ActionName>> = {
  left: "left_click",
  middle: "middle_click",
  right: "right_click",
};

/** Key names come out as X11's, which all versions take. Families that have no such tool read in it what was done before. */
export function speakComputer({ does }: ActionOf<"computer">): Spoken {
  const say = (action: ActionName, args: Readonly<Record<string, unknown>> = {}): Spoken => spoken(COMPUTER, { action, ...args });
  switch (does.type) {
    case "screenshot":
      return say("screenshot");
    case "zoom":
      return say("zoom", { region: does.region });
    case "click": {
      const action = does.count === 1 ? BUTTONS[does.button] : does.count === 2 ? "double_click" : "triple_click";
      return say(action, { coordinate: does.at, text: does.hold?.join("+") });
    }
    case "drag":
      return say("left_click_drag", { start_coordinate: does.from, coordinate: does.to, text: does.hold?.join("+") });
    case "move":
      return say("mouse_move", { coordinate: does.to });
    case "press":
      return say("left_mouse_down");
    case "release":
      return say("left_mouse_up");
    case "position":
      return say("cursor_position");
    case "scroll":
      return say("scroll", {
        coordinate: does.at,
        scroll_direction: does.direction,
        scroll_amount: does.clicks,
        text: does.hold?.join("+"),
      });
    case "type":
      return say("type", { text: does.text });
    case "keys":
      return say("key", { text: does.chords.join(" "), repeat: does.times === 1 ? undefined : does.times });
    case "holdKey":
      return say("hold_key", { text: does.chord, duration: does.ms / 1000 });
    case "wait":
      return say("wait", { duration: does.ms / 1000 });
    default:
      return does satisfies never;
  }
}
