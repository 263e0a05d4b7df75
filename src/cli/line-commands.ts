// What `%` and `/` names do in a conversation in lines: those of the screen that make sense without one, by the same names.

import { resolve } from "node:path";
import { agentInfo } from "../domain/agent-info.ts";
import type { AgentId } from "../domain/ids.ts";
import { own } from "../domain/own.ts";
import type { Command } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import type { Task, TaskEnding } from "./exec-task.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./printable.ts";

/** What becomes of the conversation. */
export type LineStep =
  | { readonly type: "goesOn" }
  | { readonly type: "ends" }
  | { readonly type: "turn"; readonly ending: Promise<TaskEnding> };

export interface LineTalk {
  readonly task: Task;
  readonly io: Io;
  readonly agent: AgentId;
}

export interface LineRow {
  /** With hyphens; underscores mean the same. The first one is what help shows. */
  readonly names: readonly [string, ...string[]];
  readonly usage?: string;
  readonly help: string;
  run(talk: LineTalk, word: string): LineStep | Promise<LineStep>;
}

const goesOn: LineStep = { type: "goesOn" };

const lineTable: readonly LineRow[] = [
  { names: ["help"], help: "this list", run: ({ io }) => said(io, lineHelp()) },
  {
    names: ["reset"],
    help: "the conversation, the shell and its interpreters begin anew",
    run: (talk) => send(talk, { type: "session.reset", agent: talk.agent, isShellAnew: true }, ""),
  },
  {
    names: ["clear"],
    help: "the conversation begins anew, the shell stays",
    run: (talk) => send(talk, { type: "session.reset", agent: talk.agent }, ""),
  },
  {
    names: ["undo"],
    help: "takes the last message and its answer back",
    run: (talk) => send(talk, { type: "session.undo", agent: talk.agent }, "taken back"),
  },
  {
    names: ["tokens", "cost", "usage"],
    usage: "[PROMPT]",
    help: "what was used, and what the next request would hold and cost",
    run: sayTokens,
  },
  {
    names: ["verbose", "debug"],
    usage: "true|false",
    help: "shows requests, responses and times, secrets left out",
    run: (talk, word) => onSwitch(talk, word, (isVerbose) => ({ type: "agent.setVerbose", agent: talk.agent, isVerbose })),
  },
  {
    names: ["auto-run"],
    usage: "true|false",
    help: "code runs without asking",
    run: (talk, word) => onSwitch(talk, word, (isAutoRun) => ({ type: "agent.setAutoRun", agent: talk.agent, isAutoRun })),
  },
  {
    names: ["profile", "model"],
    usage: "NAME",
    help: "another profile or model answers from now on",
    run: (talk, word) =>
      word === ""
        ? said(talk.io, `say which: %profile NAME; now it is ${agentOf(talk)?.profile.id ?? "none"}`)
        : send(talk, { type: "agent.useProfile", agent: talk.agent, profile: word }, `${word} answers from now on`),
  },
  {
    names: ["swap", "fast", "smart"],
    help: "to the other profile of the fast/smart pair",
    run: async (talk) => {
      const reply = await talk.task.caller.command({ type: "agent.swapPair", agent: talk.agent });
      return said(talk.io, reply.ok ? `${agentOf(talk)?.profile.id ?? "nobody"} answers from now on` : reply.reason);
    },
  },
  {
    names: ["save-message"],
    usage: "[FILE]",
    help: "the conversation into a new file, messages.json, as Open Interpreter does",
    run: (talk, word) => save(talk, "messages", word || "messages.json"),
  },
  {
    names: ["load-message"],
    usage: "[FILE]",
    help: "the conversation begins anew with the messages of such a file",
    run: (talk, word) => send(talk, { type: "session.load", agent: talk.agent, path: word || "messages.json" }, ""),
  },
  {
    names: ["markdown"],
    usage: "[FILE]",
    help: "the conversation into a new Markdown file, conversation.md",
    run: (talk, word) => save(talk, "markdown", word || "conversation.md"),
  },
  {
    names: ["compact"],
    usage: "[WHAT MATTERS]",
    help: "summarises the older part, to free context",
    run: ({ task, agent }, word) => turn(task, { type: "session.compact", agent, ...(word === "" ? {} : { hint: word }) }),
  },
  { names: ["info"], help: "who answers, where its data goes, where it works, under which sandbox", run: sayInfo },
  {
    names: ["sh"],
    usage: "COMMAND",
    help: "runs it in the agent's shell without the model; ! COMMAND and %% COMMAND too",
    run: ({ task, agent, io }, word) =>
      word === "" ? said(io, "say which command: %sh COMMAND") : turn(task, { type: "shell.run", agent, code: word }),
  },
  {
    names: ["image"],
    usage: "FILE",
    help: "goes with your next message",
    run: async ({ task, io }, word) => {
      if (word === "") return said(io, "say which: %image FILE");
      const attached = await task.attach([resolve(io.cwd, word)]);
      return said(io, attached.ok ? "it goes with your next message" : attached.message);
    },
  },
  {
    names: ["offline"],
    help: "nothing but this machine is reached, or again what is",
    run: (talk) => {
      const isOffline = talk.task.workspace()?.isOffline !== true;
      return send(talk, { type: "workspace.setOffline", isOffline }, isOffline ? "offline" : "online");
    },
  },
  {
    names: ["pair"],
    usage: "FAST SMART",
    help: "the two profiles that new agents and %swap use",
    run: (talk, word) => {
      const [fast, smart, ...more] = word.split(/\s+/u).filter((part) => part !== "");
      if (fast === undefined || smart === undefined || more.length > 0) return said(talk.io, "say both: %pair FAST SMART");
      return send(talk, { type: "profiles.setPair", fast, smart }, "");
    },
  },
  {
    names: ["pull"],
    usage: "ollama/MODEL",
    help: "has a server on this machine fetch a model that it lacks",
    run: (talk, word) => {
      const [, provider, model] = /^([^/\s]+)\/(\S+)$/u.exec(word) ?? [];
      if (provider === undefined || model === undefined) return said(talk.io, "say which: %pull ollama/MODEL, or lmstudio/MODEL");
      said(talk.io, `fetching ${model}`);
      return send(talk, { type: "model.pull", provider, model }, `${provider}/${model} is there`);
    },
  },
  { names: ["exit", "quit", "detach"], help: "ends, as Ctrl-D does; the conversation is kept", run: () => ({ type: "ends" }) },
];

/** What Open Interpreter has and lines do not. */
const elsewhere: Readonly<Record<string, string>> = { jupyter: "%markdown writes the conversation with its code" };

export function runLineCommand(talk: LineTalk, text: string): LineStep | Promise<LineStep> {
  if (/^\s*(!|%%(shell)?)\s*$/u.test(text)) return said(talk.io, "say which command: ! COMMAND");
  if (/^\s*[%/]\s*$/u.test(text)) return said(talk.io, lineHelp());
  const [, typed = "", word = ""] = /^[%/]?(\S+)\s*([\s\S]*)$/u.exec(text) ?? [];
  const name = typed.toLowerCase().replaceAll("_", "-");
  const row = lineTable.find((each) => each.names.includes(name));
  if (row !== undefined) return row.run(talk, word.trim());
  const instead = own(elsewhere, name);
  if (instead !== undefined) return said(talk.io, `%${name} is not here: ${instead}`);
  const meant = nearest(
    name,
    lineTable.flatMap((each) => each.names),
    2,
  );
  const hint =
    meant === null ? "%help lists them, and the screen has more: interpane --continue" : `did you mean %${meant.replaceAll("-", "_")}?`;
  return said(talk.io, `there is no command %${typed} in lines; ${hint}`);
}

/** `! ls`, `%% ls` and `%%shell ls`: the command itself; null where it is none. */
export function ownCommandOf(text: string): string | null {
  return /^\s*(?:!|%%(?!shell\s*$)(?:shell(?=\s))?)\s*([^!\s][\s\S]*)$/u.exec(text)?.[1]?.trimEnd() ?? null;
}

export function isLineCommand(text: string): boolean {
  return /^([/%][a-z][a-z_-]*(\s|$)|\s*(!|%%(shell)?|[%/])\s*$)/iu.test(text) && !text.includes("\n");
}

function lineHelp(): string {
  const shown = lineTable.map(
    ({ names, usage, help }) => [`%${names[0].replaceAll("-", "_")}${usage === undefined ? "" : ` ${usage}`}`, help] as const,
  );
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  const last = `${'""" begins a message of several lines, and ends it; /NAME means the same as %NAME'}\neverything else is on the screen: interpane --continue`;
  return `${shown.map(([name, help]) => `${name.padEnd(width)}${help}`).join("\n")}\n${last}`;
}

function said(io: Io, text: string, step: LineStep = goesOn): LineStep {
  if (text !== "") io.stderr.write(`${printable(text)}\n`);
  return step;
}

/** `done` is said where the server has no words of its own; empty: a notice says it. */
async function send({ task, io }: LineTalk, command: Command, done: string): Promise<LineStep> {
  const reply = await task.caller.command(command);
  return said(io, reply.ok ? (reply.note ?? done) : reply.reason);
}

function turn(task: Task, command: Command): LineStep {
  return { type: "turn", ending: task.carryOut(command) };
}

function save(talk: LineTalk, format: "messages" | "markdown", path: string): Promise<LineStep> {
  return send(talk, { type: "session.save", agent: talk.agent, format, path }, `saved ${path}`);
}

/** Nothing and `true` mean yes, as they did for Open Interpreter; anything else but a plain no is asked back. */
function onSwitch(talk: LineTalk, word: string, command: (isOn: boolean) => Command): LineStep | Promise<LineStep> {
  const typed = word.toLowerCase();
  if (["", "true", "on", "yes"].includes(typed)) return send(talk, command(true), "on");
  if (["false", "off", "no"].includes(typed)) return send(talk, command(false), "off");
  return said(talk.io, "say true or false");
}

function agentOf({ task, agent }: LineTalk): Agent | undefined {
  return task.workspace()?.agents.find(({ id }) => id === agent);
}

function sayInfo(talk: LineTalk): LineStep {
  const agent = agentOf(talk);
  const workspace = talk.task.workspace();
  if (agent === undefined || workspace === null) return goesOn;
  return said(
    talk.io,
    agentInfo(workspace, agent, String)
      .map(([name, value]) => `${name.padEnd(13)}${value}`)
      .join("\n"),
  );
}

async function sayTokens(talk: LineTalk, prompt: string): Promise<LineStep> {
  const answer = await talk.task.caller.query<"tokens">({ type: "tokens", agent: talk.agent, prompt });
  if (!answer.ok) return said(talk.io, answer.reason);
  const { contextTokens, promptTokens, contextWindow, costMicros } = answer.value;
  const meter = talk.task.workspace()?.meters[talk.agent];
  const more = promptTokens === 0 ? "" : ` + ${promptTokens} of the prompt`;
  const window = contextWindow === null ? "" : ` of ${contextWindow}`;
  const next = `next request: context ~${contextTokens}${more}${window} tokens, ${costMicros === null ? "price unknown" : `~${dollars(costMicros)} to send`}`;
  if (meter === undefined || meter.requests === 0) return said(talk.io, `${next}; nothing used yet`);
  const spent = meter.costMicros === null ? "price unknown" : `${meter.isEstimated ? "~" : ""}${dollars(meter.costMicros)}`;
  return said(talk.io, `${next}; used so far: ${meter.inputTokens} tokens in, ${meter.outputTokens} out, ${spent}`);
}

function dollars(micros: number): string {
  return `$${(micros / 1_000_000).toFixed(micros > 0 && micros < 10_000 ? 4 : 2)}`;
}
