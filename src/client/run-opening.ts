// The arguments' wishes on their way: sent once the workspace can take them, with what is typed meanwhile held for what they make.

import type { AgentId, TerminalId } from "../domain/ids.ts";
import type { KeptImage } from "../domain/image.ts";
import type { Command, Reply, ServerMessage } from "../domain/protocol.ts";
import { giveBack } from "../ui/agent-actions.ts";
import { attachFiles } from "../ui/attach.ts";
import type { Effect } from "../ui/effects.ts";
import { focusPaneAnywhere, goToAgent } from "../ui/pane-actions.ts";
import { holdKeys, onOpened } from "../ui/type-ahead.ts";
import { focusedAgent, type Ui } from "../ui/view.ts";
import { type Opening, openingStep } from "./opening.ts";
import { endOfProgram, openCommand, type ProgramToRun } from "./run-program.ts";

/** `message` is for the user, after the terminal has been given back. */
export type ScreenEnd = { readonly ok: true; readonly message: string | null } | { readonly ok: false; readonly message: string };

/** Called once with what came for a command or a query. */
export type Waiting = (message: Extract<ServerMessage, { type: "reply" | "answer" | "refusal" }>) => void;

/** What it needs of the client whose arguments these are. */
export interface OpeningDoor {
  readonly ui: Ui;
  send(command: Command, waiting: Waiting): void;
  execute(effects: readonly Effect[]): void;
  alert(text: string): void;
  finish(end: ScreenEnd): void;
}

export interface OpeningRun {
  /** After each snapshot and each fact. */
  onNews(): void;
}

export function createOpeningRun(opening: Opening, door: OpeningDoor): OpeningRun {
  return new Run(opening, door);
}

class Run implements OpeningRun {
  readonly #opening: Opening;
  readonly #door: OpeningDoor;
  #hasOpened = false;
  /** The terminal with whose program this client leaves. */
  #program: TerminalId | null = null;

  constructor(opening: Opening, door: OpeningDoor) {
    this.#opening = opening;
    this.#door = door;
    holdKeys(door.ui);
  }

  onNews(): void {
    if (!this.#hasOpened) this.#open();
    this.#leaveWithProgram();
  }

  #open(): void {
    const { ui, send, execute } = this.#door;
    const { workspace } = ui;
    // A new workspace's first agent comes before anything else, so that it is always the first tab.
    if (workspace === null || workspace.tabs.length === 0) return;
    const { run } = this.#opening;
    if (run !== undefined) {
      this.#hasOpened = true;
      return this.#runProgram(run);
    }
    const step = openingStep(workspace, this.#opening, focusedAgent(ui)?.id ?? null);
    switch (step.type) {
      case "wait":
        return;
      case "nothing":
        return this.#opened();
      case "use":
        execute(goToAgent(ui, step.agent));
        this.#hasOpened = true;
        return this.#wish(step.agent, step.commands);
      case "spawn":
        this.#hasOpened = true;
        return send(step.command, (message) => {
          this.#say(message);
          if (message.type === "reply" && message.ok && message.agent !== undefined) {
            // Shown first: no frame stands without an agent.
            execute(goToAgent(ui, message.agent));
            if (step.replaces !== null) send({ type: "agent.close", agent: step.replaces }, (closed) => this.#say(closed));
            this.#begin(message.agent);
          } else this.#keep(focusedAgent(ui)?.id);
          this.#opened();
        });
      default:
        step satisfies never;
    }
  }

  /** The prompt goes where every wish was taken: it is meant for whoever was named, and nobody else is told it unasked. */
  #wish(agent: AgentId, commands: readonly Command[]): void {
    let waiting = commands.length;
    let areTaken = true;
    const settle = (): void => {
      if (waiting > 0) return;
      if (areTaken) this.#begin(agent);
      else this.#keep(agent);
      this.#opened();
    };
    for (const command of commands)
      this.#door.send(command, (message) => {
        this.#say(message);
        areTaken &&= message.type === "reply" && message.ok;
        waiting -= 1;
        settle();
      });
    settle();
  }

  /** A prompt that was not sent waits in the message. */
  #keep(agent: AgentId | undefined): void {
    const { prompt } = this.#opening;
    if (agent !== undefined && prompt !== null) giveBack(this.#door.ui, agent, prompt, []);
  }

  /** What was typed meanwhile is taken now, whether it came to what was wished or not. */
  #opened(): void {
    this.#hasOpened = true;
    this.#door.execute(onOpened(this.#door.ui));
  }

  #say(message: Parameters<Waiting>[0]): void {
    if (message.type === "refusal") this.#door.alert(message.reason);
    else if (message.type === "reply" && !message.ok) this.#door.alert(message.reason);
  }

  #runProgram(run: ProgramToRun): void {
    const { ui, send, finish, alert } = this.#door;
    send(openCommand(run), (message) => {
      const reply: Reply | null = message.type === "reply" ? message : null;
      if (reply === null || !reply.ok) {
        const reason = message.type === "refusal" ? message.reason : reply?.ok === false ? reply.reason : "the server gave no reply";
        if (run.leavesWithIt) return finish({ ok: false, message: reason });
        alert(reason);
        return this.#opened();
      }
      if (reply.pane !== undefined) focusPaneAnywhere(ui, reply.pane);
      if (run.leavesWithIt) this.#program = reply.terminal ?? null;
      this.#opened();
      this.#leaveWithProgram();
    });
  }

  /** Once what it leaves behind is closed; whoever has detached before has left it running. */
  #leaveWithProgram(): void {
    const { run } = this.#opening;
    const { ui, send } = this.#door;
    if (this.#program === null || run === undefined || ui.workspace === null) return;
    const end = endOfProgram(ui.workspace, this.#program, run);
    if (end === null) return;
    this.#program = null;
    let open = end.commands.length;
    const finish = (): void => this.#door.finish(end.problem === null ? { ok: true, message: null } : { ok: false, message: end.problem });
    const settle = (): void => {
      open -= 1;
      if (open === 0) finish();
    };
    if (open === 0) finish();
    for (const command of end.commands) send(command, settle);
  }

  /** The prompt, once its images are read; images without a prompt are put into the message. */
  #begin(agent: AgentId): void {
    const { ui, send, execute } = this.#door;
    const { prompt, images } = this.#opening;
    if (prompt === null) {
      const files = images.map((path) => ({ path, raw: path }));
      execute(attachFiles(ui, agent, files));
      return;
    }
    const kept: KeptImage[] = [];
    const next = (at: number): void => {
      const path = images[at];
      if (path === undefined) {
        send({ type: "prompt.send", agent, text: prompt, ...(kept.length === 0 ? {} : { images: kept }) }, back);
        return;
      }
      send({ type: "image.attach", agent, path }, (message) => {
        if (message.type !== "reply" || !message.ok) return back(message);
        kept.push(...(message.images ?? []));
        next(at + 1);
      });
    };
    /** What is refused is not lost. */
    const back: Waiting = (message) => {
      this.#say(message);
      if (message.type !== "reply" || !message.ok) giveBack(ui, agent, prompt, kept);
    };
    next(0);
  }
}
