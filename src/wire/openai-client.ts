// The only file that knows the openai package: posts a body to a path of an OpenAI-compatible API and hands back the response.

import type { OpenAI } from "openai";
import type { WireRequest } from "./wire.ts";

export type ResponsesBody = OpenAI.Responses.ResponseCreateParamsStreaming;
export type ChatBody = OpenAI.Chat.ChatCompletionCreateParamsStreaming;

/** Until the first byte; local models may read a long prompt first. What stalls later is the door's idle limit to notice. */
const HEADERS_TIMEOUT_MS = 600_000;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Resolves with the raw response, so that the caller sees every event: the package's own stream hides `[DONE]`, throws
 * on error chunks, logs bad JSON and takes an early end for success (openai 7.55). Rejects when there is none.
 */
export async function postOpenAi(
  path: "/responses" | "/chat/completions",
  body: ResponsesBody | ChatBody,
  request: WireRequest,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Response> {
  const { OpenAI } = await import("openai");
  const client = new OpenAI({
    // Every option is passed: what is left out would be read from the environment.
    apiKey: "unused",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: request.baseUrl.replace(/\/+$/, ""),
    timeout: HEADERS_TIMEOUT_MS,
    maxRetries: 0,
    logLevel: "off",
    logger: silent,
    fetch,
    dangerouslyAllowBrowser: false,
  });
  const query = request.query === undefined ? {} : { query: { ...request.query } };
  return client.post(path, { body, stream: true, signal, maxRetries: 0, timeout: HEADERS_TIMEOUT_MS, ...query }).asResponse();
}
