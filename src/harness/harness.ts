// The contract of this room: one tool dialect, between what a model says and what it means.

import type { Action } from "../domain/action.ts";
import type { HarnessName, ToolName } from "../domain/profile.ts";
import type { ToolSpec } from "../domain/stream.ts";

/** What a prompt tells the model about where it is. */
export interface PromptContext {
  readonly cwd: string;
  /** As a person would say it: `Debian GNU/Linux 12`, `macOS 15.5`. */
  readonly os: string;
  /** The user's shell: `bash`, `zsh`, `fish`. */
  readonly shell: string;
  /** A day, such as 2026-10-01; leave it out where the prompt must not change from day to day. */
  readonly date?: string;
}

export interface Spoken {
  readonly name: string;
  /** JSON text of an object. */
  readonly arguments: string;
}

export interface Harness {
  readonly name: HarnessName;
  /** What is offered to the model, in a fixed order. `interpreter` offers running code, `editor` files, `search` finding things. */
  tools(options: { readonly tools: readonly ToolName[] }): ToolSpec[];
  /** Never throws: what cannot be understood becomes `other`, with a problem that the model can act on. */
  parse(name: string, args: string): Action;
  /**
   * Says an action in this dialect. Where the dialect has no words for it, in the nearest that does the same (a shell command).
   * `original` is given back for `other`, which only its own words can say.
   */
  speak(action: Action, original?: Spoken): Spoken;
  /** The instructions, without the project's own. */
  prompt(context: PromptContext): string;
}
