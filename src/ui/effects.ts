// What the user interface asks of the client that runs it. Plain data: the interface itself touches nothing.

import type { Command, Query } from "../domain/protocol.ts";

/** Names the reason of a command or query, so that its reply finds its way back without a callback. */
export type Purpose = string;

export type Effect =
  | { readonly type: "command"; readonly command: Command; readonly purpose: Purpose }
  | { readonly type: "query"; readonly query: Query; readonly purpose: Purpose }
  /** Close the connection and leave; the agents go on. */
  | { readonly type: "detach" }
  /** Leave, and stop the workspace's agents. */
  | { readonly type: "quit" }
  /** Edit `text` in $EDITOR; the result comes back with `purpose`. */
  | { readonly type: "edit"; readonly text: string; readonly extension: string; readonly purpose: Purpose }
  /** To the outer terminal's clipboard, by OSC 52; the client says what is known to have come of it. `what`: `3 lines`. */
  | { readonly type: "copy"; readonly text: string; readonly what: string }
  /** Show text in the user's own pager or editor. */
  | { readonly type: "show"; readonly text: string; readonly how: "pager" | "editor" }
  | { readonly type: "suspend" }
  /** Draw everything anew. */
  | { readonly type: "redraw" }
  | { readonly type: "bell" };
