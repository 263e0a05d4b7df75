// How a key travels, as data that rows share.

import type { WireName } from "../domain/item.ts";
import type { Auth } from "../domain/profile.ts";

export const bearerAuth: Auth = { type: "header", header: "authorization", prefix: "Bearer " };

/** Anthropic's API-key way: docs.anthropic.com, "Authentication" and "Versions". */
const apiKeyAuth: Auth = {
  type: "header",
  header: "x-api-key",
  prefix: "",
  headers: { "anthropic-version": "2023-06-01" },
};

/** What a provider without a row of its own is given, as Open Interpreter 0.0.39 does: a key in `x-api-key` for Messages, else Bearer. */
export function authForWire(wire: WireName): Auth {
  switch (wire) {
    case "messages":
      return apiKeyAuth;
    case "chat":
    case "responses":
      return bearerAuth;
    case "demo":
      return { type: "none" };
    default:
      return wire satisfies never;
  }
}
