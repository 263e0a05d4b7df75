// The order of everything: append to the journal, apply to the state, publish to clients; then one sync for all who wait. What a
// journal cannot take (a full disk) waits in memory and goes in first once there is room again.

import { apply, type Touched } from "../domain/apply.ts";
import type { SessionId } from "../domain/ids.ts";
import { messageOf } from "../domain/message-of.ts";
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
  /** What journals could not take, oldest first: nothing goes into such a journal before these. */
  readonly #late = new Map<Journal, LateFacts>();

  constructor(options: FactLogOptions) {
    this.#options = options;
  }

  addSession(session: SessionId, journal: Journal): void {
    this.#sessions.set(session, journal);
  }

  async dropSession(session: SessionId): Promise<void> {
    const journal = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (journal !== undefined) await this.#close(journal);
  }

  /** Makes a fact of it. Returns its `seq`; call `synced` before anything that must not happen twice. */
  emit(body: FactBody): number {
    const { workspace, clock, publish } = this.#options;
    const fact: Fact = { seq: workspace.seq + 1, at: clock.now(), ...body };
    const journal = this.#journalOf(body);
    if (journal !== undefined) this.#write(journal, fact);
    publish(fact, apply(workspace, fact));
    return fact.seq;
  }

  /** Resolves when every fact so far of the workspace and of `session` is on disk; false when it could not be written. */
  async synced(session: SessionId | null): Promise<boolean> {
    const own = session === null ? undefined : this.#sessions.get(session);
    const journals = own === undefined ? [this.#options.workspaceJournal] : [this.#options.workspaceJournal, own];
    const isWhole = journals.map((journal) => this.#writeLate(journal)).every(Boolean);
    const results = await Promise.allSettled(journals.map((journal) => journal.synced()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) this.#options.onAlert(messageOf(failed.reason));
    return failed === undefined && isWhole;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions.values(), this.#options.workspaceJournal].map((journal) => this.#close(journal)));
  }

  #write(journal: Journal, fact: Fact): void {
    const late = this.#late.get(journal);
    if (late !== undefined) {
      late.facts.push(fact);
      this.#writeLate(journal);
      return;
    }
    try {
      journal.append(fact);
    } catch (error) {
      this.#late.set(journal, { facts: [fact], reason: messageOf(error) });
      this.#options.onAlert(messageOf(error));
    }
  }

  /** True where the journal has all that was said. One line for the user when that changes, or its reason does. */
  #writeLate(journal: Journal): boolean {
    const late = this.#late.get(journal);
    if (late === undefined) return true;
    let written = 0;
    try {
      for (const fact of late.facts) {
        journal.append(fact);
        written += 1;
      }
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== late.reason) this.#options.onAlert(reason);
      this.#late.set(journal, { facts: written === 0 ? late.facts : late.facts.slice(written), reason });
      return false;
    }
    this.#late.delete(journal);
    this.#options.onAlert(`the journal can be written again: all ${written} steps that it could not take are in it now`);
    return true;
  }

  async #close(journal: Journal): Promise<void> {
    if (!this.#writeLate(journal)) {
      const { facts, reason } = this.#late.get(journal) ?? { facts: [], reason: "" };
      this.#options.onAlert(`the last ${facts.length} steps are lost: ${reason}`);
    }
    this.#late.delete(journal);
    await journal.close().catch((error: unknown) => this.#options.onAlert(messageOf(error)));
  }

  #journalOf(body: FactBody): Journal | undefined {
    if (isWorkspaceFact(body)) return this.#options.workspaceJournal;
    const agent = "agent" in body && typeof body.agent === "string" ? findAgent(this.#options.workspace, body.agent) : undefined;
    return agent === undefined ? undefined : this.#sessions.get(agent.session);
  }
}

interface LateFacts {
  readonly facts: Fact[];
  /** Why, as the user was told. */
  readonly reason: string;
}
