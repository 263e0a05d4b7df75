// What a user sets for good from inside: the default pair, how the sidebar looks, whether the workspace is offline. The server remembers it.

import { SIDEBAR_COLS_LEAST, SIDEBAR_COLS_MOST, type Sidebar } from "../domain/protocol.ts";
import type { Effect } from "./effects.ts";
import { sidebarWidth } from "./geometry.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { setAlert, type Ui } from "./view.ts";

/** `/pair FAST SMART`; alone it says which two are in force. */
export function setPair(ui: Ui, argument: string | undefined): Effect[] {
  const names = (argument ?? "").split(/\s+/u).filter((word) => word !== "");
  const [fast, smart] = names;
  if (fast === undefined || smart === undefined || names.length > 2) {
    const now = ui.view.profiles?.defaultPair;
    setAlert(ui, `${now === undefined ? "" : `the pair is ${now.join(" and ")}; `}to set it: /pair FAST SMART`);
    return [];
  }
  return [
    command({ type: "profiles.setPair", fast, smart }, purposeOf("status")),
    // Asked for after it: the answer has the new pair.
    query({ type: "profiles" }, purposeOf("profiles")),
  ];
}

const SIDEBAR_STEP = 2;

/** `/sidebar`: hides it and shows it; with `on`, `off`, `wider`, `narrower`, `auto` or a number of columns it says how. */
export function setSidebar(ui: Ui, argument: string | undefined): Effect[] {
  const { sidebar } = ui.view;
  const word = (argument ?? "").trim().toLowerCase();
  const shown = sidebarWidth(ui.cols, sidebar.cols);
  switch (word) {
    case "":
      return keepSidebar(ui, { cols: sidebar.cols, isHidden: !sidebar.isHidden });
    case "on":
    case "off":
      return keepSidebar(ui, { cols: sidebar.cols, isHidden: word === "off" });
    case "wider":
      return keepSidebar(ui, { cols: shown + SIDEBAR_STEP, isHidden: false });
    case "narrower":
      return keepSidebar(ui, { cols: shown - SIDEBAR_STEP, isHidden: false });
    case "auto":
      return keepSidebar(ui, { cols: null, isHidden: false });
    default:
  }
  if (/^\d{1,3}$/u.test(word)) return keepSidebar(ui, { cols: Number(word), isHidden: false });
  setAlert(ui, `say how: /sidebar on, off, wider, narrower, auto, or ${SIDEBAR_COLS_LEAST} to ${SIDEBAR_COLS_MOST} columns`);
  return [];
}

function keepSidebar(ui: Ui, { cols: asked, isHidden }: Sidebar): Effect[] {
  const cols = asked === null ? null : Math.max(SIDEBAR_COLS_LEAST, Math.min(SIDEBAR_COLS_MOST, asked));
  ui.view.sidebar = { cols, isHidden, isSetHere: true };
  return [command({ type: "client.sidebar", cols, isHidden }, purposeOf("status"))];
}

/** `/offline`: on where it was off, off where it was on. */
export function setOffline(ui: Ui): Effect[] {
  return [command({ type: "workspace.setOffline", isOffline: ui.workspace?.isOffline !== true }, purposeOf("status"))];
}
