// The message that a client starts from, made to fit a frame of the link.

import type { Buffer } from "node:buffer";
import type { Look, Sidebar } from "../domain/protocol.ts";
import { ITEMS_HELD, type Workspace } from "../domain/workspace.ts";
import { encodeMessage } from "../link/frames.ts";

/** For a client that has just come. */
export interface SnapshotExtras {
  readonly sidebar?: Sidebar | null;
  readonly looksAt?: Look | null;
}

/**
 * The workspace as it stands. Where it would be larger than a frame may be, each agent brings fewer of its newest items: the
 * client asks for older ones as it shows them.
 */
export function encodeSnapshot(
  workspace: Workspace,
  notices: readonly string[],
  { sidebar = null, looksAt = null }: SnapshotExtras = {},
): Buffer {
  const beside = { notices, ...(sidebar === null ? {} : { sidebar }), ...(looksAt === null ? {} : { looksAt }) };
  for (let held = ITEMS_HELD; ; held = Math.floor(held / 4)) {
    const frame = encodeMessage(
      JSON.stringify({ type: "snapshot", workspace: held === ITEMS_HELD ? workspace : cut(workspace, held), ...beside }),
    );
    if (frame !== null) return frame;
    if (held === 0) throw new Error("the workspace is too large for the link, even without its items");
  }
}

function cut(workspace: Workspace, held: number): Workspace {
  const items = Object.entries(workspace.items).map(([agent, all]) => [agent, held === 0 ? [] : all.slice(-held)]);
  return { ...workspace, items: Object.fromEntries(items) };
}
