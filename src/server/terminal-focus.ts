// Which terminals have the keys of some client, so that programs that want to know are told.

import type { TerminalId } from "../domain/ids.ts";
import type { ClientSession } from "./client-session.ts";

export interface TerminalFocus {
  /** A client's view changed, or it went. */
  changed(): void;
}

export function createTerminalFocus(
  clients: ReadonlySet<ClientSession>,
  tell: (terminal: TerminalId, isFocused: boolean) => void,
): TerminalFocus {
  let focused = new Set<TerminalId>();
  return {
    changed() {
      const next = new Set<TerminalId>();
      for (const { view } of clients) if (view?.focused != null) next.add(view.focused);
      // The one that loses it is told first, as by a window system.
      for (const terminal of focused) if (!next.has(terminal)) tell(terminal, false);
      for (const terminal of next) if (!focused.has(terminal)) tell(terminal, true);
      focused = next;
    },
  };
}
