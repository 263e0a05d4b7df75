// What the entries of one journal amount to so far: kept beside the journal as it grows, so that a checkpoint can be made of it
// at any moment and holds exactly what its facts say.

import { apply } from "../domain/apply.ts";
import type { Fact } from "../domain/protocol.ts";
import { replaySession, type SessionReplay } from "../domain/session-state.ts";
import { emptyWorkspace, type Workspace } from "../domain/workspace.ts";
import type { JournalName, JournalState } from "../engine/ports.ts";
import type { Checkpoint, SessionName } from "./checkpoint.ts";
import { ItemIndex, type Place } from "./journal-index.ts";

/** The parts of a checkpoint that facts make. */
export type ContentsPart = Pick<Checkpoint, "entries" | "name"> & JournalParts;
type JournalParts =
  | Pick<Extract<Checkpoint, { type: "workspace" }>, "type" | "state">
  | Pick<Extract<Checkpoint, { type: "session" }>, "type" | "state">;

type Replay = { readonly type: "workspace"; readonly workspace: Workspace } | { readonly type: "session"; readonly session: SessionReplay };

export class JournalContents {
  readonly index: ItemIndex;
  readonly #replay: Replay;
  #name: SessionName | null;
  #entries: number;

  private constructor(replay: Replay, index: ItemIndex, name: SessionName | null, entries: number) {
    this.#replay = replay;
    this.index = index;
    this.#name = name;
    this.#entries = entries;
  }

  static empty(name: JournalName): JournalContents {
    const replay: Replay =
      name.type === "workspace"
        ? { type: "workspace", workspace: emptyWorkspace(name.folder) }
        : { type: "session", session: replaySession(null) };
    return new JournalContents(replay, new ItemIndex(), null, 0);
  }

  /** Null where the checkpoint is of the other kind of journal. */
  static of(name: JournalName, checkpoint: Checkpoint, index: ItemIndex | null): JournalContents | null {
    if (checkpoint.type !== name.type) return null;
    if (checkpoint.type === "session" && index === null) return null;
    const replay: Replay =
      checkpoint.type === "workspace"
        ? { type: "workspace", workspace: checkpoint.state }
        : { type: "session", session: replaySession(checkpoint.state) };
    return new JournalContents(replay, index ?? new ItemIndex(), checkpoint.name, checkpoint.entries);
  }

  get entries(): number {
    return this.#entries;
  }

  take(fact: Fact, place: Place): void {
    this.#entries += 1;
    if (this.#replay.type === "workspace") {
      apply(this.#replay.workspace, fact);
      return;
    }
    const { session } = this.#replay;
    if (fact.type === "item.added") this.index.add(fact.item, place, session.head());
    session.apply(fact);
    this.#name = nameAfter(this.#name, fact);
  }

  /** A copy: the engine changes what it is given. */
  state(): JournalState {
    return this.#replay.type === "workspace"
      ? { type: "workspace", workspace: structuredClone(this.#replay.workspace) }
      : { type: "session", session: this.#replay.session.state() };
  }

  /** To be written out at once: it shares what changes in place. */
  part(): ContentsPart {
    const common = { entries: this.#entries, name: this.#name };
    return this.#replay.type === "workspace"
      ? { ...common, type: "workspace", state: this.#replay.workspace }
      : { ...common, type: "session", state: this.#replay.session.state() };
  }
}

/** The first fact that opens the session names it; a later title renames it. */
export function nameAfter(name: SessionName | null, fact: Fact): SessionName | null {
  if (name === null) {
    if (fact.type !== "session.opened") return null;
    return { folder: fact.folder, title: fact.title, createdAt: fact.at, updatedAt: fact.at, items: 0 };
  }
  return {
    ...name,
    updatedAt: fact.at,
    ...(fact.type === "agent.titled" ? { title: fact.title } : {}),
    ...(fact.type === "item.added" ? { items: name.items + 1 } : {}),
  };
}
