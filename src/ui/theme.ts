// Colours by what they mean: named roles, read from a JSON file, mapped down to what the terminal can show.

import { z } from "zod";
import { PALETTE, RGB } from "../domain/cells.ts";
import { editDistance } from "../domain/edit-distance.ts";
import type { Color, Style } from "./frame-types.ts";

/**
 * Every role with the one it falls back to where a theme leaves it out. `base` is the ground of the whole screen (its
 * background is the terminal's own unless a theme gives one), `surface` and `overlay` are grounds raised from it.
 */
const parents = {
  base: null,
  text: null,
  dim: null,
  accent: null,
  warn: null,
  danger: null,
  ok: null,
  surface: null,
  overlay: "surface",
  selection: null,
  match: "selection",
  matchCurrent: "badge",
  /** Where copy mode stands, in the corner of its pane. */
  place: "overlay",
  border: "dim",
  borderFocused: "accent",
  title: "dim",
  titleFocused: "accent",
  user: "text",
  agent: "text",
  thought: "dim",
  notice: "dim",
  heading: "text",
  quote: "dim",
  link: "text",
  tableBorder: "border",
  tool: "text",
  code: "text",
  "code.inline": "code",
  "code.keyword": "code",
  "code.string": "code",
  "code.number": "code",
  "code.comment": "dim",
  "code.function": "code",
  "code.type": "code",
  "code.operator": "code",
  "diff.added": "ok",
  "diff.removed": "danger",
  "diff.hunk": "dim",
  "diff.context": "dim",
  "status.working": "ok",
  "status.needs": "warn",
  "status.idle": "dim",
  "status.queued": "dim",
  "status.failed": "danger",
  badge: "warn",
  key: "text",
  gaugeFull: "text",
  gaugeEmpty: "border",
} as const satisfies Record<string, string | null>;

export type Role = keyof typeof parents;

export interface Theme {
  readonly name: string;
  readonly kind: "dark" | "light";
  readonly roles: Readonly<Record<Role, Style>>;
}

export type ThemeDepth = "none" | 16 | 256 | "true";

export const roleNames = Object.keys(parents).filter(isRole);

function isRole(name: string): name is Role {
  return Object.hasOwn(parents, name);
}

/** The style of a role, with `over` laid on it. The same object each time where nothing is laid over. */
export function role(theme: Theme, name: Role, over?: Style): Style {
  const style = theme.roles[name];
  return over === undefined ? style : { ...style, ...over };
}

// Reading -------------------------------------------------------------------------------------------------------------

const flag = z.boolean().optional();
const styleSchema = z.union([
  z.string(),
  z.strictObject({
    fg: z.string().optional(),
    bg: z.string().optional(),
    bold: flag,
    dim: flag,
    italic: flag,
    underline: flag,
    inverse: flag,
    strike: flag,
  }),
]);
const themeSchema = z.strictObject({
  kind: z.enum(["dark", "light"]),
  /** Names for colours, to be used below in place of values. */
  colors: z.record(z.string(), z.string()).optional(),
  roles: z.record(z.string(), styleSchema),
});

type ThemeResult = { readonly ok: true; readonly theme: Theme } | { readonly ok: false; readonly problem: string };

/** `json` is what the file holds, `name` stands in the message. Never throws. */
export function parseTheme(json: unknown, name: string): ThemeResult {
  const parsed = themeSchema.safeParse(json, { jitless: true });
  if (!parsed.success) return { ok: false, problem: `theme "${name}": ${describeIssue(parsed.error.issues[0], json)}` };
  const { kind, colors, roles: given } = parsed.data;
  const named = new Map<string, Color>();
  for (const [key, value] of Object.entries(colors ?? {})) {
    const color = parseColor(value, new Map());
    if (color === null) return { ok: false, problem: badColor(name, `colors.${key}`, value) };
    named.set(key, color);
  }
  const styles = new Map<Role, Style>();
  for (const [key, value] of Object.entries(given)) {
    if (!isRole(key)) return { ok: false, problem: unknownRole(name, key) };
    const parts = typeof value === "string" ? { fg: value } : value;
    for (const side of ["fg", "bg"] as const) {
      const text = parts[side];
      if (text !== undefined && parseColor(text, named) === null)
        return { ok: false, problem: badColor(name, `roles.${key}.${side}`, text) };
    }
    styles.set(key, buildStyle(parts, named));
  }
  return { ok: true, theme: buildTheme(name, kind, styles) };
}

interface StyleParts {
  readonly fg?: string | undefined;
  readonly bg?: string | undefined;
  readonly [flag: string]: string | boolean | undefined;
}

function buildStyle(parts: StyleParts, named: ReadonlyMap<string, Color>): Style {
  const style: Record<string, Color | boolean> = {};
  for (const [key, value] of Object.entries(parts)) {
    if (typeof value === "string") style[key] = parseColor(value, named) ?? 0;
    else if (value === true) style[key] = true;
  }
  return style;
}

function buildTheme(name: string, kind: "dark" | "light", styles: ReadonlyMap<Role, Style>): Theme {
  const find = (wanted: Role): Style => {
    const own = styles.get(wanted);
    if (own !== undefined) return own;
    const parent: Role | null = parents[wanted];
    return parent === null ? {} : find(parent);
  };
  return { name, kind, roles: mapRoles(find) };
}

/** Whole by construction: `roleNames` holds every key. */
function mapRoles(make: (name: Role) => Style): Record<Role, Style> {
  return Object.fromEntries(roleNames.map((name) => [name, make(name)])) as Record<Role, Style>;
}

function parseColor(text: string, named: ReadonlyMap<string, Color>): Color | null {
  const own = named.get(text);
  if (own !== undefined) return own;
  if (text === "default") return 0;
  if (/^#[0-9a-f]{6}$/iu.test(text)) return RGB | Number.parseInt(text.slice(1), 16);
  const entry = /^palette:(\d{1,3})$/u.exec(text)?.[1];
  return entry !== undefined && Number(entry) < 256 ? PALETTE | Number(entry) : null;
}

function badColor(theme: string, where: string, value: string): string {
  return `theme "${theme}": ${where} is ${JSON.stringify(value.slice(0, 40))}; write "#rrggbb", "palette:0" … "palette:255", "default", or a name from colors`;
}

function unknownRole(theme: string, key: string): string {
  const shown = JSON.stringify(key.slice(0, 40));
  const nearest = roleNames.map((name) => ({ name, steps: editDistance(key.slice(0, 40), name) })).sort((a, b) => a.steps - b.steps)[0];
  return `theme "${theme}": there is no role ${shown}; the nearest is "${nearest?.name ?? "text"}"`;
}

function describeIssue(issue: z.core.$ZodIssue | undefined, json: unknown): string {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "it must be one JSON object with kind and roles";
  const where = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    return `${where === "" ? "" : `${where}: `}there is no ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; remove it`;
  }
  if (where === "kind") return 'kind must be "dark" or "light"';
  if (where.startsWith("roles.")) return `${where} must be a colour or {fg, bg, bold, dim, italic, underline, inverse, strike}`;
  return `${where === "" ? "the file" : where}: ${issue?.message ?? "is not a theme"}`;
}

// Mapping down --------------------------------------------------------------------------------------------------------

/** The same roles in what a terminal can show. `none` is NO_COLOR: bold, dim, underline and inverse alone carry the meaning. */
export function toDepth(theme: Theme, depth: ThemeDepth): Theme {
  if (depth === "true") return theme;
  const map = depth === "none" ? withoutColor : depth === 256 ? in256 : in16;
  return { ...theme, roles: mapRoles((name) => map(theme.roles[name], name)) };
}

/** Roles whose ground is their meaning: without colour they are shown inverse. */
const inverseRoles: ReadonlySet<Role> = new Set(["selection", "matchCurrent", "place", "status.needs", "badge"]);
/** Marked without covering what is selected. */
const underlinedRoles: ReadonlySet<Role> = new Set(["link", "match", "matchCurrent"]);
const boldRoles: ReadonlySet<Role> = new Set([
  "accent",
  "match",
  "matchCurrent",
  "warn",
  "danger",
  "borderFocused",
  "titleFocused",
  "user",
  "heading",
  "status.failed",
  "diff.added",
  "key",
  "code.keyword",
  "gaugeFull",
]);
const dimRoles: ReadonlySet<Role> = new Set([
  "dim",
  "border",
  "title",
  "thought",
  "notice",
  "quote",
  "tableBorder",
  "status.idle",
  "status.queued",
  "code.comment",
  "diff.removed",
  "diff.hunk",
  "gaugeEmpty",
]);

function withoutColor(style: Style, name: Role): Style {
  return {
    ...(boldRoles.has(name) || (style.bold === true && !dimRoles.has(name)) ? { bold: true } : {}),
    ...(dimRoles.has(name) ? { dim: true } : {}),
    ...(underlinedRoles.has(name) ? { underline: true } : {}),
    ...(inverseRoles.has(name) ? { inverse: true } : {}),
  };
}

function in256(style: Style): Style {
  const { fg, bg } = style;
  return { ...style, ...(fg === undefined ? {} : { fg: to256(fg) }), ...(bg === undefined ? {} : { bg: to256(bg) }) };
}

/** Grey text has no match among 16 colours and becomes dim; a faint ground is dropped, a strong one kept. */
function in16(style: Style, name: Role): Style {
  const { fg, bg, ...flags } = style;
  if (dimRoles.has(name) && name !== "diff.removed" && bg === undefined && fg !== undefined && to16(fg) % 8 === 0)
    return { ...flags, dim: true };
  const ground = bg === undefined || isFaint(bg) ? undefined : to16(bg);
  const isInverse = bg !== undefined && ground === undefined && inverseRoles.has(name);
  return {
    ...flags,
    ...(fg === undefined || isInverse ? {} : { fg: to16(fg) }),
    ...(ground === undefined ? {} : { bg: ground }),
    ...(isInverse ? { inverse: true } : {}),
  };
}

const kindMask = 0xff00_0000;

function channels(color: Color): [number, number, number] {
  return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
}

function isFaint(color: Color): boolean {
  if ((color & kindMask) !== RGB) return false;
  const [r, g, b] = channels(color);
  const most = Math.max(r, g, b);
  return most < 110 || Math.min(r, g, b) > 200;
}

const cubeLevels = [0, 95, 135, 175, 215, 255] as const;

function to256(color: Color): Color {
  if ((color & kindMask) !== RGB) return color;
  const [r, g, b] = channels(color);
  const [ri, gi, bi] = [nearestLevel(r), nearestLevel(g), nearestLevel(b)];
  const cube = [cubeLevels[ri] ?? 0, cubeLevels[gi] ?? 0, cubeLevels[bi] ?? 0] as const;
  const step = Math.max(0, Math.min(23, Math.round(((r + g + b) / 3 - 8) / 10)));
  const gray = 8 + step * 10;
  const isGray = distance([r, g, b], [gray, gray, gray]) <= distance([r, g, b], cube);
  return PALETTE | (isGray ? 232 + step : 16 + 36 * ri + 6 * gi + bi);
}

function nearestLevel(value: number): number {
  let best = 0;
  cubeLevels.forEach((level, index) => {
    if (Math.abs(level - value) < Math.abs((cubeLevels[best] ?? 0) - value)) best = index;
  });
  return best;
}

/** By hue rather than by distance: what the 16 colours look like is the user's choice, which one is meant is ours. */
function to16(color: Color): Color {
  const isEntry = (color & kindMask) === PALETTE;
  if (!isEntry && (color & kindMask) !== RGB) return color;
  if (isEntry && (color & 255) < 16) return color;
  const [r, g, b] = isEntry ? entryChannels(color & 255) : channels(color);
  const most = Math.max(r, g, b);
  const spread = most - Math.min(r, g, b);
  if (spread < Math.max(32, most * 0.2)) return most > 225 ? PALETTE | 15 : most > 150 ? 0 : most > 60 ? PALETTE | 8 : 0;
  const threshold = most - spread * 0.5;
  const bits = (r >= threshold ? 1 : 0) | (g >= threshold ? 2 : 0) | (b >= threshold ? 4 : 0);
  return PALETTE | bits;
}

/** What xterm shows for entries 16 … 255. */
function entryChannels(entry: number): [number, number, number] {
  if (entry >= 232) return [8 + (entry - 232) * 10, 8 + (entry - 232) * 10, 8 + (entry - 232) * 10];
  const at = entry - 16;
  return [cubeLevels[Math.floor(at / 36)] ?? 0, cubeLevels[Math.floor(at / 6) % 6] ?? 0, cubeLevels[at % 6] ?? 0];
}

function distance(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

// The theme that needs no file ------------------------------------------------------------------------------------------

const entry = (n: number): Color => PALETTE | n;

/** 16 colours of the terminal's own palette; `themes/sixteen.json` says the same (a test compares them). */
export const fallbackTheme: Theme = buildTheme(
  "sixteen",
  "dark",
  new Map<Role, Style>([
    ["dim", { dim: true }],
    ["accent", { fg: entry(4), bold: true }],
    ["warn", { fg: entry(3), bold: true }],
    ["danger", { fg: entry(1) }],
    ["ok", { fg: entry(2) }],
    ["selection", { inverse: true }],
    ["match", { fg: entry(0), bg: entry(3) }],
    ["matchCurrent", { fg: entry(0), bg: entry(2), bold: true }],
    ["place", { inverse: true }],
    ["border", { dim: true }],
    ["borderFocused", { fg: entry(4) }],
    ["title", { dim: true }],
    ["titleFocused", { fg: entry(4), bold: true }],
    ["user", { bold: true }],
    ["thought", { dim: true, italic: true }],
    ["heading", { bold: true }],
    ["link", { underline: true }],
    ["code.inline", { fg: entry(6) }],
    ["code.keyword", { fg: entry(5) }],
    ["code.string", { fg: entry(2) }],
    ["code.number", { fg: entry(3) }],
    ["code.comment", { dim: true, italic: true }],
    ["code.function", { fg: entry(4) }],
    ["code.type", { fg: entry(6) }],
    ["status.needs", { fg: entry(3), bold: true, inverse: true }],
    ["badge", { fg: entry(3), bold: true, inverse: true }],
    ["key", { bold: true }],
  ]),
);
