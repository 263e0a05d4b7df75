// From how a turn ended to an exit code, and to what is said of it.

import type { FailureKind } from "../domain/stream.ts";
import type { TurnEnded } from "./exec-task.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { visible } from "./printable.ts";

/** What a turn's end means to whoever waited for it; says why where it was not done. */
export function exitOfTurn({ outcome, failure }: TurnEnded, wasRefused: boolean, io: Io): ExitCode {
  switch (outcome) {
    case "done":
      return wasRefused ? EXIT.refused : EXIT.done;
    case "interrupted":
      return EXIT.interrupted;
    case "crashed":
      return sayFailed(io, EXIT.failed, "the server crashed during the task; what was done is kept: interpane sessions list");
    case "failed":
      if (failure === undefined) return sayFailed(io, EXIT.failed, "the task failed and no reason was given");
      return sayFailed(io, codeOf(failure.kind), failure.message);
    default:
      return outcome satisfies never;
  }
}

export function sayFailed(io: Io, code: ExitCode, message: string): ExitCode {
  complain(io, visible(message));
  return code;
}

function codeOf(kind: FailureKind): ExitCode {
  switch (kind) {
    case "offline":
    case "budget":
    case "locked":
      return EXIT.refused;
    case "interrupted":
      return EXIT.interrupted;
    case "auth":
    case "quota":
    case "rate":
    case "overloaded":
    case "context":
    case "policy":
    case "request":
    case "missing":
    case "server":
    case "network":
    case "protocol":
    case "idle":
      return EXIT.provider;
    default:
      return kind satisfies never;
  }
}
