// A question of an agent's as plain text, and its answer from the terminal where there is one.

import { computerTitle } from "../domain/computer.ts";
import { describeAction } from "../domain/describe-action.ts";
import type { Approval } from "../domain/workspace.ts";
import type { Io } from "./io.ts";
import { visible } from "./printable.ts";

export interface ApprovalAnswer {
  readonly isYes: boolean;
  /** Told to the model. */
  readonly reason?: string;
  /** Runs in place of what was asked about. */
  readonly code?: string;
}

export interface AskOptions {
  /** Has other code typed in its place; null: nothing was. Left out: it cannot be. */
  readonly readCode?: ((signal: AbortSignal) => Promise<string | null>) | undefined;
  /** It was answered elsewhere, or the turn has ended. */
  readonly signal: AbortSignal;
}

export async function askApproval(approval: Approval, io: Io, { readCode, signal }: AskOptions): Promise<ApprovalAnswer> {
  const what = approvalText(approval);
  if (io.ask === null) {
    io.stderr.write(`${what}\nrefused: there is no terminal to ask on; -y runs code without asking\n`);
    return { isYes: false, reason: "nobody is there to approve code; this task runs without a person" };
  }
  const change = approval.action.type === "exec" ? readCode : undefined;
  const keys = change === undefined ? "y or n" : "y, n, or e for other code";
  const line = await io.ask(`${what}\nrun it? ${keys}: `, { isSecret: false, signal });
  if (change !== undefined && /^\s*e(dit)?\s*$/i.test(line)) {
    const code = await change(signal);
    return code === null || code.trim() === "" ? { isYes: false } : { isYes: true, code };
  }
  return { isYes: /^\s*y(es)?\s*$/i.test(line) };
}

/** Whole, with what hides in it shown. */
export function approvalText(approval: Approval): string {
  const { action, sandbox } = approval;
  if (action.type === "computer") {
    const { does } = action;
    const typed = does.type === "type" ? visible(does.text).split("\n") : [];
    return [`${visible(computerTitle(does))} on your screen (no sandbox)`, ...typed.map((line) => `  | ${line}`)].join("\n");
  }
  const body = action.type === "exec" ? action.code : (approval.patch ?? "");
  const head = action.type === "exec" ? `run ${action.language}` : describeAction(action);
  const where = `in ${approval.cwd} (${sandbox.mode}, ${sandbox.network ? "network" : "no network"})`;
  const lines = visible(body)
    .split("\n")
    .map((line) => `  | ${line}`);
  return [`${visible(head)} ${visible(where)}`, ...lines].join("\n");
}
