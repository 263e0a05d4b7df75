// Why a request did not pass the door, as an error (a `fetch` can say it in no other way) that carries the finished failure.

import type { Failure } from "../domain/stream.ts";

export type DoorReason = "origin" | "offline" | "insecure" | "redirect" | "silent" | "network" | "credential";

/**
 * Its message names the origin only: a path or a query may hold a secret. It has no `cause`, and its message avoids the word
 * that the openai package searches for to call any error a timeout (7.55, core: it would drop this one).
 */
export class DoorError extends Error {
  override readonly name = "DoorError";
  readonly reason: DoorReason;
  readonly failure: Failure;
  /** The failure's own two fields once more, where a wire that cannot import this room looks for them. */
  readonly kind: Failure["kind"];
  readonly isRetryable: boolean;

  constructor(reason: DoorReason, message: string, isRetryable = false) {
    super(message);
    this.reason = reason;
    this.kind = kindOf(reason);
    this.isRetryable = isRetryable;
    this.failure = { kind: this.kind, message, isRetryable };
  }
}

function kindOf(reason: DoorReason): Failure["kind"] {
  switch (reason) {
    case "origin":
    case "insecure":
    case "redirect":
      return "request";
    case "offline":
      return "offline";
    case "credential":
      return "auth";
    case "silent":
    case "network":
      return "network";
    default:
      return reason satisfies never;
  }
}

const certificateCode = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_SSL_)/;

/** Says what a socket's error means for the user. */
export function networkError(origin: string, error: unknown): DoorError {
  if (error instanceof DoorError) return error;
  const code = codeOf(error);
  if (code === "ECONNREFUSED") {
    return new DoorError("network", `nothing listens at ${origin} (connection refused); is the server running?`, true);
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EAI_NONAME") {
    return new DoorError("network", `the address of ${origin} cannot be found; check the network and the name`, true);
  }
  if (code !== null && certificateCode.test(code)) {
    return new DoorError("network", `the certificate of ${origin} is not trusted (${code}); nothing was sent`);
  }
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH") {
    return new DoorError("network", `${origin} cannot be reached; check the network`, true);
  }
  if (code?.startsWith("HPE_")) {
    return new DoorError("network", `what answers at ${origin} does not speak HTTP (${code})`);
  }
  return new DoorError("network", `the connection to ${origin} broke off${code === null ? "" : ` (${code})`}`, true);
}

export function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
