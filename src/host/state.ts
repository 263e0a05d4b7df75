// `state.json`: what we remember between runs that is no setting. Conversations and secrets lie elsewhere.

import { z } from "zod";
import { paneIdSchema, tabIdSchema } from "../domain/ids.ts";
import type { Look } from "../domain/protocol.ts";
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
  /** Fast and smart as the user set them (`interpane profile pair`); config.toml wins. */
  defaultPair: z.tuple([z.string(), z.string()]).nullable(),
  /** What new agents start on (`interpane profile use`), in place of the fast half; config.toml wins. */
  defaultProfile: z.string().nullable().optional(),
  /** Folders whose own settings (`.interpane/`) count. */
  trustedFolders: z.array(z.string()),
  /** Commands that run without asking, oldest first; `host/rules.ts`. */
  rules: z.array(z.unknown()).optional(),
  /** By folder: which tab and panes were looked at last. */
  looks: z.record(z.string(), z.looseObject({ tab: tabIdSchema, panes: z.array(paneIdSchema), at: z.number() })).optional(),
  /** By folder: how the user last set its screen. A folder without one starts as the newest of them. */
  layoutHints: z.record(
    z.string(),
    z.looseObject({
      sidebarCols: z.int().min(0).max(200).nullable().optional(),
      isSidebarHidden: z.boolean().optional(),
      at: z.number().optional(),
    }),
  ),
});
export type State = z.infer<typeof stateSchema>;

/** `cols` null: as wide as the screen's size suggests. */
export interface SidebarHint {
  readonly cols: number | null;
  readonly isHidden: boolean;
}

export function emptyState(): State {
  return {
    version: 1,
    recentFolders: [],
    recentProfiles: [],
    defaultPair: null,
    defaultProfile: null,
    trustedFolders: [],
    layoutHints: {},
  };
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

/** To be used inside `updateState`. */
export function noteSidebar(state: State, folder: string, hint: SidebarHint, at: number): void {
  const kept = { ...state.layoutHints[folder], sidebarCols: hint.cols, isSidebarHidden: hint.isHidden, at };
  const all = Object.entries({ ...state.layoutHints, [folder]: kept });
  const newest = all.toSorted(([, a], [, b]) => (b.at ?? 0) - (a.at ?? 0)).slice(0, MAX_RECENTS);
  state.layoutHints = Object.fromEntries(newest);
}

/** The folder's own, else the one that was set last; null where none ever was. */
export function sidebarFor(state: State, folder: string): SidebarHint | null {
  const newest = Object.values(state.layoutHints).toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
  const hint = state.layoutHints[folder] ?? newest;
  return hint === undefined ? null : { cols: hint.sidebarCols ?? null, isHidden: hint.isSidebarHidden ?? false };
}

/** To be used inside `updateState`. */
export function noteLook(state: State, folder: string, { tab, panes }: Look, at: number): void {
  const all = Object.entries({ ...state.looks, [folder]: { tab, panes: [...panes], at } });
  state.looks = Object.fromEntries(all.toSorted(([, a], [, b]) => b.at - a.at).slice(0, MAX_RECENTS));
}

export function lookFor(state: State, folder: string): Look | null {
  const look = state.looks === undefined || !Object.hasOwn(state.looks, folder) ? undefined : state.looks[folder];
  return look === undefined ? null : { tab: look.tab, panes: look.panes };
}
