// Where an overlay stands and the frame around it: over its pane, or beside it where there is room.

import type { Rect } from "../domain/layout.ts";
import type { Line, Span } from "./frame-types.ts";
import { arrangeScreen, partsOf } from "./geometry.ts";
import { role, type Theme } from "./theme.ts";
import { focusedPane, type Overlay, type Ui } from "./view.ts";
import { cutLine, lineWidth, padLine } from "./wrap.ts";

/** `over` the focused pane, its title left in sight; `beside` it, not hiding it, where there is room; in the `middle` of the screen. */
export type OverlayPlace = "over" | "beside" | "middle";

export const FRAME_COLS = 4;
export const FRAME_ROWS = 2;

const LEAST_COLS = 44;
const LEAST_ROWS = 8;
const MOST_COLS = 84;

/** How much of the screen a kind of overlay would like, and where. */
const wishes: Readonly<Record<Overlay["type"], { place: OverlayPlace; rows: number }>> = {
  list: { place: "over", rows: 18 },
  text: { place: "beside", rows: 60 },
  inbox: { place: "beside", rows: 40 },
  confirm: { place: "over", rows: 8 },
  key: { place: "over", rows: 16 },
  passphrase: { place: "over", rows: 7 },
  editor: { place: "over", rows: 30 },
  line: { place: "over", rows: 3 },
  broadcast: { place: "middle", rows: 18 },
};

export function overlayRect(ui: Ui, overlay: Overlay, wantedRows?: number): Rect {
  const wish = wishes[overlay.type];
  const place = overlay.type === "list" && (overlay.kind === "palette" || overlay.kind === "join") ? "beside" : wish.place;
  const rows = wantedRows ?? wish.rows;
  const geometry = arrangeScreen(ui);
  const pane = partsOf(geometry, focusedPane(ui)?.pane)?.rect;
  const screen: Rect = { x: 0, y: 0, width: ui.cols, height: ui.rows };
  if (pane === undefined || place === "middle") return centred(screen, rows);
  if (place === "over") {
    const inside: Rect = { ...pane, y: pane.y + 1, height: pane.height - 1 };
    return inside.width >= LEAST_COLS && inside.height >= LEAST_ROWS ? centred(inside, rows) : centred(screen, rows);
  }
  const beside = freeAreas(pane, screen).find((area) => area.width >= LEAST_COLS && area.height >= Math.min(rows, LEAST_ROWS));
  return centred(beside ?? screen, rows);
}

/** What a pane leaves of the screen, the largest first; the status line is left alone. */
function freeAreas(pane: Rect, screen: Rect): Rect[] {
  const right = pane.x + pane.width;
  const below = pane.y + pane.height;
  const height = screen.height - 2;
  const areas: Rect[] = [
    { x: right, y: 1, width: screen.width - right, height },
    { x: 0, y: 1, width: pane.x, height },
    { x: pane.x, y: below, width: pane.width, height: screen.height - 1 - below },
    { x: pane.x, y: 1, width: pane.width, height: pane.y - 1 },
  ];
  return areas.filter((area) => area.width > 0 && area.height > 0).sort((a, b) => b.width * b.height - a.width * a.height);
}

function centred(area: Rect, rows: number): Rect {
  const margin = area.width > MOST_COLS ? 1 : 0;
  const width = Math.min(area.width - 2 * margin, MOST_COLS);
  const height = Math.min(area.height, rows);
  return {
    x: area.x + Math.floor((area.width - width) / 2),
    y: area.y + Math.floor((area.height - height) / 2),
    width,
    height,
  };
}

/** A frame with its title above and its keys below, around lines that fill it exactly. */
export function frameLines(
  title: string,
  body: readonly Line[],
  hint: readonly Span[],
  rect: Rect,
  look: { theme: Theme; isAscii: boolean },
): Line[] {
  const { theme } = look;
  const ground = role(theme, "overlay");
  const edge = { ...ground, ...role(theme, "borderFocused") };
  const [h, v, corners] = look.isAscii ? ["-", "|", "++++"] : ["─", "│", "┌┐└┘"];
  const [topLeft, topRight, bottomLeft, bottomRight] = [...(corners ?? "")];
  const inner = Math.max(0, rect.width - FRAME_COLS);
  const rule = (left: string | undefined, label: readonly Span[], right: string | undefined): Line => {
    const cut = cutLine(
      label.map((span) => ({ ...span, style: { ...ground, ...span.style } })),
      Math.max(0, rect.width - 3),
    );
    return [
      { text: `${left ?? ""}${h ?? ""}`, style: edge },
      ...cut,
      { text: `${(h ?? "").repeat(Math.max(0, rect.width - 3 - lineWidth(cut)))}${right ?? ""}`, style: edge },
    ];
  };
  const lines: Line[] = [rule(topLeft, [{ text: ` ${title} `, style: role(theme, "text", { bold: true }) }], topRight)];
  for (let at = 0; at < rect.height - FRAME_ROWS; at += 1) {
    lines.push([{ text: `${v ?? ""} `, style: edge }, ...padLine(body[at] ?? [], inner, ground), { text: ` ${v ?? ""}`, style: edge }]);
  }
  const keys = wholeHint(hint, rect.width - 5);
  lines.push(rule(bottomLeft, keys.length === 0 ? [] : [{ text: " ", style: ground }, ...keys, { text: " ", style: ground }], bottomRight));
  return lines.slice(0, Math.max(0, rect.height));
}

/** Pairs that do not fit are left out whole; the last one, which closes, stays longest. */
function wholeHint(hint: readonly Span[], room: number): Span[] {
  const kept = [...hint];
  while (kept.length > 2 && lineWidth(kept) > room) kept.splice(-4, 2);
  const [first] = kept;
  if (first !== undefined) kept[0] = { ...first, text: first.text.trimStart() };
  return lineWidth(kept) > room ? [] : kept;
}

/** Keys and what they do: `["enter", "takes it"]` pairs, the keys set off. */
export function hintSpans(theme: Theme, pairs: readonly (readonly [string, string])[]): Span[] {
  return pairs.flatMap(([key, words], index): Span[] => [
    { text: `${index === 0 ? "" : "  "}${key}`, style: role(theme, "key") },
    { text: ` ${words}`, style: role(theme, "dim") },
  ]);
}
