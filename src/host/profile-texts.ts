// A profile's file as text, for those who read and write it without a server: checked, translated, written.

import type { ProfileFile } from "../domain/profile.ts";
import type { ProviderAt } from "./open-interpreter-profile.ts";
import { parseProfile, profileAllowed } from "./profile-files.ts";
import { writeYaml } from "./yaml-source.ts";

export const profileTexts = {
  read(text: string, path: string, providerAt: ProviderAt) {
    const parsed = parseProfile(text, path, providerAt);
    return parsed.ok ? { ok: true as const, file: parsed.file, foreign: parsed.foreign ?? null } : parsed;
  },
  write: (file: ProfileFile): string => writeYaml(file),
  allowed: profileAllowed,
};
