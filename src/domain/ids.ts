// Names of things that outlive a process: plain strings on disk and on the wire, branded in code.

import { z } from "zod";

export const agentIdSchema = z.string().min(1).max(64).brand<"AgentId">();
export const sessionIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/)
  .brand<"SessionId">();
export const itemIdSchema = z.string().min(1).max(64).brand<"ItemId">();
export const turnIdSchema = z.string().min(1).max(64).brand<"TurnId">();
export const approvalIdSchema = z.string().min(1).max(64).brand<"ApprovalId">();
export const terminalIdSchema = z.string().min(1).max(64).brand<"TerminalId">();
export const paneIdSchema = z.string().min(1).max(64).brand<"PaneId">();
export const tabIdSchema = z.string().min(1).max(64).brand<"TabId">();
export const promptIdSchema = z.string().min(1).max(64).brand<"PromptId">();

export type AgentId = z.infer<typeof agentIdSchema>;
/** Also a file name under `sessions/`: lower-case letters, digits and hyphens only. */
export type SessionId = z.infer<typeof sessionIdSchema>;
export type ItemId = z.infer<typeof itemIdSchema>;
export type TurnId = z.infer<typeof turnIdSchema>;
export type ApprovalId = z.infer<typeof approvalIdSchema>;
export type TerminalId = z.infer<typeof terminalIdSchema>;
export type PaneId = z.infer<typeof paneIdSchema>;
export type TabId = z.infer<typeof tabIdSchema>;
export type PromptId = z.infer<typeof promptIdSchema>;
