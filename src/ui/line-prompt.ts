// One line that is asked for over the screen: a name, a command to run, a number. What it says is a row here, what it does too.

import type { AgentId, TabId, TerminalId } from "../domain/ids.ts";
import { composerText, emptyComposer, insertText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { moveTab } from "./layout-actions.ts";
import { goToNumber, openTerminal } from "./pane-actions.ts";
import { agentCommand, command, purposeOf } from "./purpose.ts";
import { terminalTitle } from "./terminal-title.ts";
import { activeTab, agentOf, closeOverlay, findTerminal, focusedPane, openOverlay, setAlert, topOverlay, type Ui } from "./view.ts";

export type LinePrompt =
  | { readonly type: "nameAgent"; readonly agent: AgentId }
  | { readonly type: "nameTerminal"; readonly terminal: TerminalId }
  | { readonly type: "nameTab"; readonly tab: TabId }
  | { readonly type: "moveTab"; readonly tab: TabId }
  | { readonly type: "goToTab" }
  | { readonly type: "run" };

const status = purposeOf("status");
const TITLE_MAX = 80;
const TAB_NAME_MAX = 40;

export function promptTitle(prompt: LinePrompt): string {
  switch (prompt.type) {
    case "nameAgent":
      return "name of the agent";
    case "nameTerminal":
      return "name of the terminal";
    case "nameTab":
      return "name of the tab";
    case "moveTab":
      return "move the tab to which place?";
    case "goToTab":
      return "go to which tab?";
    case "run":
      return "run in a pane";
    default:
      return prompt satisfies never;
  }
}

function ask(ui: Ui, prompt: LinePrompt, text = ""): Effect[] {
  const composer = emptyComposer();
  insertText(composer, text);
  openOverlay(ui, { type: "line", prompt, composer });
  return [];
}

/** With a name: takes it at once; without: asks, with the present one to be changed. */
export function renamePane(ui: Ui, name = ""): Effect[] {
  const pane = focusedPane(ui);
  const agent = agentOf(ui, pane);
  const terminal = pane?.content.type === "terminal" ? findTerminal(ui, pane.content.terminal) : undefined;
  if (agent !== undefined) {
    const prompt: LinePrompt = { type: "nameAgent", agent: agent.id };
    return name.trim() === "" ? ask(ui, prompt, agent.title) : takeLine(ui, prompt, name);
  }
  if (terminal === undefined) return [];
  const prompt: LinePrompt = { type: "nameTerminal", terminal: terminal.id };
  return name.trim() === "" ? ask(ui, prompt, terminalTitle(ui, terminal)) : takeLine(ui, prompt, name);
}

export function renameTab(ui: Ui, name = ""): Effect[] {
  const tab = activeTab(ui);
  if (tab === undefined) return [];
  const prompt: LinePrompt = { type: "nameTab", tab: tab.id };
  return name.trim() === "" ? ask(ui, prompt, tab.name) : takeLine(ui, prompt, name);
}

export function askTabPlace(ui: Ui): Effect[] {
  const tab = activeTab(ui);
  return tab === undefined ? [] : ask(ui, { type: "moveTab", tab: tab.id });
}

export function askTabNumber(ui: Ui): Effect[] {
  return ask(ui, { type: "goToTab" });
}

export function runInPane(ui: Ui, line = ""): Effect[] {
  return line.trim() === "" ? ask(ui, { type: "run" }) : openTerminal(ui, "column", line);
}

/** Enter. */
export function acceptLine(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "line") return [];
  closeOverlay(ui);
  return takeLine(ui, overlay.prompt, composerText(overlay.composer));
}

function takeLine(ui: Ui, prompt: LinePrompt, typed: string): Effect[] {
  const text = typed.replace(/\s+/gu, " ").trim();
  switch (prompt.type) {
    case "nameAgent": {
      if (text === "") return [];
      return [agentCommand(prompt.agent, { type: "agent.rename", agent: prompt.agent, title: text.slice(0, TITLE_MAX) })];
    }
    case "nameTerminal":
      return text === "" ? [] : [command({ type: "terminal.rename", terminal: prompt.terminal, title: text.slice(0, TITLE_MAX) }, status)];
    case "nameTab":
      return [command({ type: "tab.rename", tab: prompt.tab, name: text.slice(0, TAB_NAME_MAX) }, status)];
    case "moveTab": {
      const to = numberIn(ui, text);
      return to === null ? [] : moveTab(prompt.tab, to);
    }
    case "goToTab": {
      const to = numberIn(ui, text);
      return to === null ? [] : goToNumber(ui, to);
    }
    case "run":
      return text === "" ? [] : openTerminal(ui, "column", typed);
    default:
      return prompt satisfies never;
  }
}

function numberIn(ui: Ui, text: string): number | null {
  if (text === "") return null;
  if (/^\d{1,3}$/u.test(text)) return Number(text);
  setAlert(ui, `"${text}" is no number; tabs are numbered from 1`);
  return null;
}
