// The order of everything: append to the journal, apply to the state, publish to clients; then one sync for all who wait.

import { apply, type Touched } from "../domain/apply.ts";
import type { SessionId } from "../domain/ids.ts";
import { type Fact, type FactBody, isWorkspaceFact } from "../domain/protocol.ts";
import { findAgent, type Workspace } from "../domain/workspace.ts";
import type { Clock, Journal } from "./ports.ts";

export interface FactLogOptions {
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly workspaceJournal: Journal;
  readonly publish: (fact: Fact, touched: Touched) => void;
  /** A journal could not be written: one line for the user. Work goes on in memory. */
  readonly onAlert: (text: string) => void;
}

export class FactLog {
  readonly #options: FactLogOptions;
  readonly #sessions = new Map<SessionId, Journal>();
  /** Journals that did not take their newest fact: whoever waits for that one on disk waits in vain. */
  readonly #lost = new Set<Journal>();

  constructor(options: FactLogOptions) {
    this.#options = options;
  }

  addSession(session: SessionId, journal: Journal): void {
    this.#sessions.set(session, journal);
  }

  async dropSession(session: SessionId): Promise<void> {
    const journal = this.#sessions.get(session);
    this.#sessions.delete(session);
    await journal?.close();
  }

  /** Makes a fact of it. Returns its `seq`; call `synced` before anything that must not happen twice. */
  emit(body: FactBody): number {
    const { workspace, clock, publish, onAlert } = this.#options;
    const fact: Fact = { seq: workspace.seq + 1, at: clock.now(), ...body };
    const journal = this.#journalOf(body);
    try {
      journal?.append(fact);
    } catch (error) {
      if (journal !== undefined) this.#lost.add(journal);
      onAlert(messageOf(error));
    }
    publish(fact, apply(workspace, fact));
    return fact.seq;
  }

  /** Resolves when every fact so far of the workspace and of `session` is on disk; false when it could not be written. */
  async synced(session: SessionId | null): Promise<boolean> {
    const own = session === null ? undefined : this.#sessions.get(session);
    const journals = own === undefined ? [this.#options.workspaceJournal] : [this.#options.workspaceJournal, own];
    const isLost = journals.map((journal) => this.#lost.delete(journal)).includes(true);
    const results = await Promise.allSettled(journals.map((journal) => journal.synced()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) this.#options.onAlert(messageOf(failed.reason));
    return failed === undefined && !isLost;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions.values(), this.#options.workspaceJournal].map((journal) => journal.close()));
  }

  #journalOf(body: FactBody): Journal | undefined {
    if (isWorkspaceFact(body)) return this.#options.workspaceJournal;
    const agent = "agent" in body && typeof body.agent === "string" ? findAgent(this.#options.workspace, body.agent) : undefined;
    return agent === undefined ? undefined : this.#sessions.get(agent.session);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
