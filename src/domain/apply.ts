// The only way shared state changes: in the engine, in every client, and when a journal is replayed.

import type { AgentId } from "./ids.ts";
import { addCharge, emptyMeter, type Meter } from "./meter.ts";
import type { Fact } from "./protocol.ts";
import { type Agent, findAgent, ITEMS_HELD, type Status, type Tab, type Workspace } from "./workspace.ts";

/** What a fact touched, so that a screen redraws no more than that. */
export interface Touched {
  readonly agent: AgentId | null;
  readonly layout: boolean;
}

const layoutOnly: Touched = { agent: null, layout: true };
const nothing: Touched = { agent: null, layout: false };

/**
 * Changes `workspace` in place as `fact` says. Deterministic; a fact about something that is gone changes nothing but `seq`,
 * so that a journal with a hole in it still opens.
 */
export function apply(workspace: Workspace, fact: Fact): Touched {
  workspace.seq = Math.max(workspace.seq, fact.seq);
  switch (fact.type) {
    case "workspace.opened":
      workspace.folder = fact.folder;
      return layoutOnly;
    case "workspace.offlineSet":
      workspace.isOffline = fact.isOffline;
      return layoutOnly;
    case "agent.spawned":
      workspace.agents = [...workspace.agents.filter((agent) => agent.id !== fact.agent.id), structuredCopy(fact.agent)];
      workspace.items[fact.agent.id] ??= [];
      workspace.meters[fact.agent.id] ??= emptyMeter();
      return { agent: fact.agent.id, layout: true };
    case "agent.closed":
      workspace.agents = workspace.agents.filter((agent) => agent.id !== fact.agent);
      workspace.approvals = workspace.approvals.filter((approval) => approval.agent !== fact.agent);
      delete workspace.items[fact.agent];
      delete workspace.meters[fact.agent];
      return { agent: fact.agent, layout: true };
    case "tab.set": {
      const index = workspace.tabs.findIndex((tab) => tab.id === fact.tab.id);
      workspace.tabs = index < 0 ? [...workspace.tabs, fact.tab] : workspace.tabs.with(index, fact.tab);
      return layoutOnly;
    }
    case "tab.closed":
      workspace.tabs = workspace.tabs.filter((tab) => tab.id !== fact.tab);
      return layoutOnly;
    case "tabs.set": {
      const closed = new Set<string>(fact.closed);
      const changed = new Map(fact.tabs.map((tab) => [tab.id, tab]));
      const kept = workspace.tabs.filter((tab) => !closed.has(tab.id)).map((tab) => changed.get(tab.id) ?? tab);
      const added = fact.tabs.filter((tab) => !kept.some((each) => each.id === tab.id));
      workspace.tabs = inOrder([...kept, ...added], fact.order ?? []);
      return layoutOnly;
    }
    case "terminal.opened": {
      workspace.terminals = [...workspace.terminals.filter((terminal) => terminal.id !== fact.terminal.id), fact.terminal];
      const owner = fact.terminal.agent === null ? undefined : findAgent(workspace, fact.terminal.agent);
      if (owner !== undefined) owner.terminal ??= fact.terminal.id;
      return { agent: owner?.id ?? null, layout: true };
    }
    case "terminal.ended":
      workspace.terminals = workspace.terminals.map((terminal) =>
        terminal.id === fact.terminal
          ? { ...terminal, exitCode: fact.exitCode, ...(fact.isLost === undefined ? {} : { isLost: fact.isLost }) }
          : terminal,
      );
      return layoutOnly;
    case "terminal.titled":
      workspace.terminals = workspace.terminals.map((terminal) =>
        terminal.id === fact.terminal ? { ...terminal, title: fact.title, isNamed: true } : terminal,
      );
      return layoutOnly;
    case "terminal.closed":
      workspace.terminals = workspace.terminals.filter((terminal) => terminal.id !== fact.terminal);
      for (const agent of workspace.agents) if (agent.terminal === fact.terminal) agent.terminal = null;
      return layoutOnly;
    default: {
      const agent = findAgent(workspace, fact.agent);
      if (agent === undefined) return nothing;
      applyToAgent(workspace, agent, fact);
      return { agent: agent.id, layout: false };
    }
  }
}

/** Tabs that `order` does not name stay behind those that it does. */
function inOrder(tabs: Tab[], order: readonly string[]): Tab[] {
  const placeOf = (tab: Tab) => (order.includes(tab.id) ? order.indexOf(tab.id) : order.length);
  return order.length === 0 ? tabs : tabs.toSorted((a, b) => placeOf(a) - placeOf(b));
}

type AgentFact = Extract<Fact, { agent: AgentId }>;

function applyToAgent(workspace: Workspace, agent: Agent, fact: AgentFact): void {
  switch (fact.type) {
    case "session.opened":
      agent.title = fact.title;
      return;
    case "agent.titled":
      agent.title = fact.title;
      return;
    case "agent.profileUsed":
      agent.profile = fact.profile;
      return;
    case "agent.autoRunSet":
      agent.isAutoRun = fact.isAutoRun;
      return;
    case "agent.sandboxSet":
      agent.sandbox = fact.sandbox;
      return;
    case "agent.moved":
      agent.cwd = fact.cwd;
      return;
    case "agent.headMoved":
      agent.head = fact.head;
      // The question that it waited with is taken back.
      if (agent.status === "waiting" && agent.turn === null) setStatus(agent, "idle", fact.at);
      return;
    case "prompt.queued":
      agent.queue = [...agent.queue, fact.prompt];
      return;
    case "prompt.taken":
      agent.queue = agent.queue.filter((prompt) => prompt.id !== fact.prompt);
      return;
    case "turn.queued":
      agent.turn = fact.turn;
      setStatus(agent, "queued", fact.at);
      return;
    case "turn.started":
      if (agent.turn === fact.turn && agent.status !== "stopping")
        setStatus(agent, fact.isOwnCommand === true ? "running" : "thinking", fact.at);
      return;
    case "turn.ended":
      if (agent.turn !== fact.turn) return;
      agent.turn = null;
      workspace.approvals = workspace.approvals.filter((approval) => approval.agent !== agent.id);
      setStatus(agent, statusAfter(fact), fact.at);
      return;
    case "agent.settled":
      if (agent.status === "stopping" && agent.turn === null) setStatus(agent, "idle", fact.at);
      return;
    case "item.added":
      addItem(workspace, agent, fact);
      return;
    case "approval.asked":
      workspace.approvals = [...workspace.approvals, fact.approval];
      setStatus(agent, "waiting", fact.at);
      return;
    case "approval.answered":
      workspace.approvals = workspace.approvals.filter((approval) => approval.id !== fact.approval);
      if (agent.status === "waiting") setStatus(agent, "thinking", fact.at);
      return;
    case "tool.started":
      if (agent.status !== "stopping") setStatus(agent, "running", fact.at);
      return;
    case "tool.ended":
      if (agent.status === "running") setStatus(agent, "thinking", fact.at);
      return;
    case "usage.charged":
      addCharge(meterOf(workspace, agent), fact.charge);
      return;
    case "agent.closed":
      return;
    default:
      fact satisfies never;
  }
}

function statusAfter({ outcome, isStopping, isAsking }: Extract<AgentFact, { type: "turn.ended" }>): Status {
  if (isStopping === true) return "stopping";
  if (outcome === "failed") return "failed";
  return isAsking === true ? "waiting" : "idle";
}

function addItem(workspace: Workspace, agent: Agent, fact: Extract<AgentFact, { type: "item.added" }>): void {
  const items = workspace.items[agent.id] ?? [];
  workspace.items[agent.id] = items;
  items.push(fact.item);
  if (items.length > ITEMS_HELD) items.splice(0, items.length - ITEMS_HELD);
  agent.head = fact.item.id;
}

function meterOf(workspace: Workspace, agent: Agent): Meter {
  const meter = workspace.meters[agent.id] ?? emptyMeter();
  workspace.meters[agent.id] = meter;
  return meter;
}

function setStatus(agent: Agent, status: Status, at: number): void {
  if (agent.status !== status) agent.since = at;
  agent.status = status;
}

/** A fact may be kept by whoever made it; state must not share its parts that change in place. */
function structuredCopy(agent: Agent): Agent {
  return { ...agent, queue: [...agent.queue] };
}
