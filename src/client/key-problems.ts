// What is wrong with the user's own keys, for who has no screen to say it on.

import type { KeySetting } from "../domain/key-setting.ts";
import { commandTable } from "../ui/commands.ts";
import { bindKeys, keyRows } from "../ui/keys.ts";

/** One line each, with file and line. */
export function keyProblems(keys: readonly KeySetting[]): readonly string[] {
  return bindKeys(keyRows(commandTable), keys).conflicts;
}
