// What the server remembers for the user between runs: recents, the default pair, how the screen was set. Kept in `state.json`.

import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../domain/message-of.ts";
import type { Command, CommandOf, Look, Sidebar } from "../domain/protocol.ts";
import { type Agent, findAgent, type Workspace } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "../engine/command-result.ts";
import type { Profiles } from "../engine/ports.ts";
import type { Config } from "../host/config.ts";
import type { Remembered } from "../host/profile-pair.ts";
import { lookFor, noteFolder, noteLook, noteProfile, noteSidebar, type State, type StateStore, sidebarFor } from "../host/state.ts";

type MemoryCommand = CommandOf<"profiles.setPair" | "profiles.setDefault" | "client.sidebar">;

/** Whoever walks through the panes writes nothing at each of them, ms. */
const LOOK_KEPT_MS = 1_000;

export interface Memory {
  noteFolder(folder: string): void;
  /** After a command that chose a profile for an agent. */
  noteUse(command: Command, agent: Agent["id"] | undefined, workspace: Workspace): void;
  /** The folder's sidebar as it was set last; null where nobody ever set one. */
  sidebarFor(folder: string): Sidebar | null;
  /** Where somebody looks in a folder's workspace: on disk a while after the last change. */
  noteLook(folder: string, look: Look): void;
  /** Now: somebody has left. */
  keepLooks(): void;
  lookFor(folder: string): Look | null;
  remembered(): Remembered;
  /** Answers when it is on disk. `folder` null: the connection has no workspace. */
  run(command: MemoryCommand, folder: string | null, seq: number): Promise<CommandResult>;
}

export interface MemoryOptions {
  readonly state: StateStore;
  readonly now: () => number;
  readonly config: () => Config;
  /** Asked late: the profiles themselves read what is remembered. */
  readonly profiles: () => Profiles;
  readonly say: (text: string) => void;
}

export function isMemoryCommand(command: Command): command is MemoryCommand {
  return command.type === "profiles.setPair" || command.type === "profiles.setDefault" || command.type === "client.sidebar";
}

export function createMemory({ state, now, config, profiles, say }: MemoryOptions): Memory {
  const note = (change: (kept: State) => void): void => {
    state.updateState(change).catch((error: unknown) => say(messageOf(error)));
  };
  const keep = async (change: (kept: State) => void, seq: number, text?: string): Promise<CommandResult> => {
    try {
      await state.updateState(change);
      return done(seq, text);
    } catch (error) {
      return refuse(messageOf(error));
    }
  };
  const setPair = (fast: string, smart: string, seq: number): Promise<CommandResult> => {
    const problem = settledElsewhere(config()) ?? problemOf(profiles(), fast) ?? problemOf(profiles(), smart);
    if (problem !== null) return Promise.resolve(refuse(problem));
    const change = (kept: State): void => {
      kept.defaultPair = [fast, smart];
      kept.defaultProfile = null;
    };
    return keep(change, seq, `new agents start on ${fast}; ${smart} is the other half`);
  };
  const setDefault = (profile: string | null, seq: number): Promise<CommandResult> => {
    const problem = settledElsewhere(config()) ?? (profile === null ? null : problemOf(profiles(), profile));
    if (problem !== null) return Promise.resolve(refuse(problem));
    const change = (kept: State): void => {
      kept.defaultProfile = profile;
    };
    return keep(change, seq, profile === null ? "new agents start on the pair's fast half" : `new agents start on ${profile}`);
  };
  const looks = new Map<string, Look>();
  const unkept = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  const keepLooks = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (unkept.size === 0) return;
    const folders = [...unkept];
    unkept.clear();
    note((kept) => {
      for (const folder of folders) {
        const look = looks.get(folder);
        if (look !== undefined) noteLook(kept, folder, look, now());
      }
    });
  };
  const lookOf = (folder: string): Look | null => looks.get(folder) ?? lookFor(state.state(), folder);
  return {
    noteLook(folder, look) {
      if (isDeepStrictEqual(lookOf(folder), look)) return;
      looks.set(folder, look);
      unkept.add(folder);
      timer ??= setTimeout(keepLooks, LOOK_KEPT_MS).unref();
    },
    keepLooks,
    lookFor: lookOf,
    noteFolder: (folder) => note((kept) => noteFolder(kept, folder, now())),
    noteUse(command, made, workspace) {
      const id = choosesProfile(command) ? (made ?? command.agent) : undefined;
      const agent = id === undefined ? undefined : findAgent(workspace, id);
      if (agent === undefined) return;
      const used = command.type === "prompt.send" ? (command.profile ?? agent.profile.id) : agent.profile.id;
      note((kept) => noteProfile(kept, used, now()));
    },
    sidebarFor: (folder) => sidebarFor(state.state(), folder),
    remembered() {
      const { defaultPair, defaultProfile = null, recentProfiles } = state.state();
      return { defaultPair, defaultProfile, recent: recentProfiles.map((each) => each.profile) };
    },
    run(command, folder, seq) {
      switch (command.type) {
        case "profiles.setPair":
          return setPair(command.fast, command.smart, seq);
        case "profiles.setDefault":
          return setDefault(command.profile, seq);
        case "client.sidebar": {
          if (folder === null) return Promise.resolve(refuse("this connection has no workspace"));
          const { cols, isHidden } = command;
          return keep((kept) => noteSidebar(kept, folder, { cols, isHidden }, now()), seq);
        }
        default:
          return command satisfies never;
      }
    },
  };
}

/** Commands with which a user says who shall answer; a new agent on the default says nothing. */
function choosesProfile(command: Command): command is CommandOf<"agent.useProfile" | "agent.swapPair" | "prompt.send"> | SpawnOn {
  switch (command.type) {
    case "agent.useProfile":
    case "agent.swapPair":
      return true;
    case "agent.spawn":
    case "prompt.send":
      return command.profile !== undefined;
    default:
      return false;
  }
}

type SpawnOn = CommandOf<"agent.spawn"> & { readonly agent?: undefined };

/** What would be kept and have no effect is refused. */
function settledElsewhere({ defaultProfile, defaultPair }: Config): string | null {
  const [key, value] =
    defaultProfile !== null
      ? ["default_profile", `"${defaultProfile}"`]
      : defaultPair !== null
        ? ["default_pair", JSON.stringify(defaultPair)]
        : [null, ""];
  return key === null ? null : `config.toml says ${key} = ${value}, and that wins; change it there, or take the line out`;
}

function problemOf(profiles: Profiles, name: string): string | null {
  const resolved = profiles.resolve(name);
  return resolved.ok ? null : resolved.problem;
}
