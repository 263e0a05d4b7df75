// The computer tool in the Messages API's three forms, each to and from our one: a call named `computer` with its `action`.

import { z } from "zod";
import type { ScreenSize } from "../domain/computer.ts";
import { COMPUTER_ACTIONS, COMPUTER_BETAS, type ComputerToolVersion, computerToolOf } from "../domain/computer-tool.ts";
import { parseJson } from "../domain/parse-json.ts";
import type { MessagesBody } from "./anthropic-client.ts";
import type { WireRequest } from "./wire.ts";

/** Ours, and the API's name of the toolset. */
export const COMPUTER = "computer";

/** Null: this request offers none. */
export function computerVersion({ model, tools, screen }: WireRequest): ComputerToolVersion | null {
  const version = tools.some((tool) => tool.builtin === COMPUTER) ? computerToolOf("messages", model) : null;
  // The forms before the toolset want to be told how large the screen is.
  return version !== null && version !== "computer_toolset_20260801" && screen === undefined ? null : version;
}

/** Added behind the SDK: of what that sends itself, only what is known to be ours goes through. */
export function withComputerBeta(fetch: typeof globalThis.fetch, request: WireRequest): typeof globalThis.fetch {
  const version = computerVersion(request);
  const beta = version === null ? null : COMPUTER_BETAS[version];
  if (beta === null) return fetch;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("anthropic-beta", beta);
    return fetch(input, { ...init, headers });
  };
}

type Entry = NonNullable<MessagesBody["tools"]>[number];

export function computerEntry(version: ComputerToolVersion, screen: ScreenSize | undefined): Entry {
  const { width = 0, height = 0 } = screen ?? {};
  const size = { display_width_px: width, display_height_px: height };
  switch (version) {
    case "computer_toolset_20260801":
      return { type: version };
    case "computer_20251124":
      return { type: version, name: COMPUTER, ...size, enable_zoom: true };
    case "computer_20250124":
      return { type: version, name: COMPUTER, ...size };
    default:
      return version satisfies never;
  }
}

/** Another name in a member's place is refused. */
const MEMBERS: ReadonlySet<string> = new Set(COMPUTER_ACTIONS);

/** Our call as a member of the toolset; null where it is none. */
export function asMember(name: string, input: Readonly<Record<string, unknown>>): { name: string; input: Record<string, unknown> } | null {
  const { action, ...rest } = input;
  return name === COMPUTER && typeof action === "string" && MEMBERS.has(action) ? { name: action, input: rest } : null;
}

/** A member's arguments as those of our call; what is no object stays as it is, and the harness says so. */
export function fromMember(member: string, args: string): string {
  const input = z.record(z.string(), z.unknown()).safeParse(parseJson(args.trim() === "" ? "{}" : args)).data;
  return input === undefined ? args : JSON.stringify({ ...input, action: member });
}
