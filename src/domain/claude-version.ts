// What a Claude model's name says of its family and version: some of what its API takes goes by that.

export interface ClaudeVersion {
  readonly family: "opus" | "sonnet" | "haiku" | "fable" | "mythos";
  /** 4.7 is 407. */
  readonly version: number;
}

const FAMILIES = ["opus", "sonnet", "haiku", "fable", "mythos"] as const;

/** Null: no Claude of a version that is named in this way, as all since 4 are. A date behind the name is none of it. */
export function claudeVersion(model: string): ClaudeVersion | null {
  const found = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model.toLowerCase());
  const family = FAMILIES.find((each) => each === found?.[1]);
  return family === undefined ? null : { family, version: Number(found?.[2]) * 100 + Number(found?.[3] ?? 0) };
}

/**
 * A temperature gets the whole request refused (Anthropic's docs, Migrating to Claude Sonnet 5, and live tests of Opus 4.7, 4.8 and 5.5
 * in public issues, read 2026-11). Goes by the version, so that a newer model is covered from its first day.
 */
export function refusesTemperature(model: string): boolean {
  return (claudeVersion(model)?.version ?? 0) >= 407 || /claude-mythos-preview/i.test(model);
}

/**
 * Its reasoning is taken back only while all that stood before it is unchanged (Anthropic's docs, What's new in Claude Opus 5.5, and
 * Computer use tool, Manage screenshot history, read 2026-11).
 */
export function bindsThinking(model: string): boolean {
  const found = claudeVersion(model);
  if (found === null) return false;
  return found.version >= (found.family === "fable" || found.family === "mythos" ? 501 : 505);
}
