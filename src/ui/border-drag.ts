// The mouse on the lines between panes: a drag moves the border, as far as the panes behind it can still be read.

import type { Divider } from "../domain/layout.ts";
import type { Effect } from "./effects.ts";
import type { Geometry } from "./geometry.ts";
import type { InputEvent } from "./key-types.ts";
import { command, purposeOf } from "./purpose.ts";
import { setAlert, type Ui } from "./view.ts";

type MouseEvent = Extract<InputEvent, { type: "mouse" }>;

/** A border that the mouse holds. One command is on its way at a time: a slow server gets the last place, not all of them. */
export interface BorderDrag {
  readonly before: Divider["before"];
  readonly after: Divider["after"];
  isAsking: boolean;
  /** Where it should go once the answer is there. */
  wanted: { readonly x: number; readonly y: number } | null;
  /** The button is up: the drag ends with the answer. */
  isOver: boolean;
}

/** Null where the event is not about a border. A press elsewhere ends a drag whose release was lost. */
export function onBorder(ui: Ui, event: MouseEvent, geometry: Geometry): Effect[] | null {
  const { view } = ui;
  if (event.action === "press") {
    view.drag = null;
    const divider = event.button === "left" ? dividerAt(geometry, event.x, event.y) : undefined;
    if (divider === undefined) return null;
    if (divider.least > divider.most) setAlert(ui, "there is no room to move this border");
    else view.drag = { before: divider.before, after: divider.after, isAsking: false, wanted: null, isOver: false };
    return [];
  }
  if (view.drag === null) return null;
  if (event.action === "release") {
    const effects = moveTo(ui, geometry, event);
    if (view.drag.isAsking) view.drag.isOver = true;
    else view.drag = null;
    return effects;
  }
  return event.action === "move" ? moveTo(ui, geometry, event) : null;
}

/** The server has moved it, or refused: what the mouse did meanwhile comes next. */
export function borderMoved(ui: Ui, geometry: Geometry): Effect[] {
  const { drag } = ui.view;
  if (drag === null) return [];
  drag.isAsking = false;
  const { wanted } = drag;
  drag.wanted = null;
  const effects = wanted === null ? [] : moveTo(ui, geometry, wanted);
  if (effects.length === 0 && drag.isOver) ui.view.drag = null;
  return effects;
}

function dividerAt({ dividers }: Geometry, x: number, y: number): Divider | undefined {
  return dividers.find((each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height);
}

function moveTo(ui: Ui, { dividers }: Geometry, place: { x: number; y: number }): Effect[] {
  const { drag } = ui.view;
  if (drag === null) return [];
  const divider = dividers.find((each) => each.before === drag.before && each.after === drag.after);
  if (divider === undefined || divider.least > divider.most) return [];
  if (drag.isAsking) {
    drag.wanted = place;
    return [];
  }
  const from = divider.direction === "row" ? divider.x : divider.y;
  const to = Math.max(divider.least, Math.min(divider.most, divider.direction === "row" ? place.x : place.y));
  if (to === from) return [];
  drag.isAsking = true;
  const at = (to - divider.start - divider.index) / divider.room;
  return [command({ type: "pane.moveBorder", before: drag.before, after: drag.after, at }, purposeOf("border"))];
}
