// `state.json`: what we remember between runs that is no setting. Conversations and secrets lie elsewhere.

import { z } from "zod";
import type { Paths } from "./paths.ts";
import { openStore, type StoreOptions } from "./safe-file.ts";

const MAX_RECENTS = 50;

/** Loose objects: a field that a newer version added survives a visit of this one. */
export const stateSchema = z.looseObject({
  version: z.literal(1),
  /** Folders opened as workspaces, newest first. */
  recentFolders: z.array(z.looseObject({ folder: z.string(), at: z.number() })),
  /** Profiles used by the user, newest first. */
  recentProfiles: z.array(z.looseObject({ profile: z.string(), at: z.number() })),
  /** Fast and smart, where the user chose others than the settings say. */
  defaultPair: z.tuple([z.string(), z.string()]).nullable(),
  /** Folders whose own settings (`.interpane/`) count. */
  trustedFolders: z.array(z.string()),
  /** By folder: how the user likes to see it. */
  layoutHints: z.record(z.string(), z.looseObject({ sidebarCols: z.int().min(0).max(200).optional() })),
});
export type State = z.infer<typeof stateSchema>;

export function emptyState(): State {
  return { version: 1, recentFolders: [], recentProfiles: [], defaultPair: null, trustedFolders: [], layoutHints: {} };
}

export interface StateStore {
  state(): State;
  /** Changes run one after the other; rejects with `StoreError`, the file as it was. */
  updateState(change: (state: State) => void): Promise<void>;
  readonly problems: readonly string[];
}

/** A damaged file costs memory of the past, never the start; see `problems`. */
export async function openState(paths: Pick<Paths, "stateFile">, options: StoreOptions = {}): Promise<StateStore> {
  const store = await openStore(paths.stateFile, stateSchema, emptyState, options);
  return { state: () => store.data(), updateState: (change) => store.update(change), problems: store.problems };
}

/** To be used inside `updateState`. */
export function noteFolder(state: State, folder: string, at: number): void {
  const others = state.recentFolders.filter((recent) => recent.folder !== folder);
  state.recentFolders = [{ folder, at }, ...others].slice(0, MAX_RECENTS);
}

/** To be used inside `updateState`. */
export function noteProfile(state: State, profile: string, at: number): void {
  const others = state.recentProfiles.filter((recent) => recent.profile !== profile);
  state.recentProfiles = [{ profile, at }, ...others].slice(0, MAX_RECENTS);
}
