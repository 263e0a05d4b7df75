// The only file that knows @anthropic-ai/sdk: posts a body to the Messages API and hands back the response.

import type { Anthropic } from "@anthropic-ai/sdk";
import type { WireRequest } from "./wire.ts";

type Tools = NonNullable<Anthropic.MessageCreateParamsStreaming["tools"]>[number];
/** The beta forms of the computer tool stand in the package's beta types alone; what is sent is the same. */
type BetaComputer = Anthropic.Beta.Messages.BetaToolComputerUse20251124 | Anthropic.Beta.Messages.BetaToolComputerUse20250124;
export type MessagesBody = Omit<Anthropic.MessageCreateParamsStreaming, "tools"> & { tools?: (Tools | BetaComputer)[] };

/** Until the first byte; what stalls later is the door's idle limit to notice. */
const HEADERS_TIMEOUT_MS = 600_000;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Resolves with the raw response: the package's own stream hides pings, and takes an early end for success. Rejects when there is none. */
export async function postAnthropic(
  body: MessagesBody,
  request: WireRequest,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Response> {
  const { Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({
    // Every option is passed: what is left out would be read from the environment or from a profile file.
    apiKey: "unused",
    webhookKey: null,
    baseURL: request.baseUrl.replace(/\/+$/, "").replace(/\/v1$/, ""),
    timeout: HEADERS_TIMEOUT_MS,
    maxRetries: 0,
    logLevel: "off",
    logger: silent,
    openTelemetry: false,
    fetch,
    dangerouslyAllowBrowser: false,
  });
  const query = request.query === undefined ? {} : { query: { ...request.query } };
  return client.post("/v1/messages", { body, stream: true, signal, maxRetries: 0, timeout: HEADERS_TIMEOUT_MS, ...query }).asResponse();
}
