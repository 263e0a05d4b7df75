// Saved rules: kept in `state.json`, and matched against what is really on the disk when they are asked for.

import { sep } from "node:path";
import type { Action } from "../domain/action.ts";
import { messageOf } from "../domain/message-of.ts";
import { isAllowedBy, isShellLanguage, offerRule, plainWords, type Rule, ruleSchema } from "../domain/rule.ts";
import type { RuleOffer, Sandbox } from "../domain/workspace.ts";
import type { RuleGround, Rules } from "../engine/ports.ts";
import { realPath } from "./at-path.ts";
import { isSeenAsIs } from "./own-tmp.ts";
import type { StateStore } from "./state.ts";
import { programOnPath } from "./terminal-program.ts";

/** Older ones go: a list that nobody can look over is no list. */
const RULES_MAX = 200;

type Read = { readonly ok: true; readonly words: readonly string[]; readonly program: string; readonly cwd: string } | Refusal;
interface Refusal {
  readonly ok: false;
  readonly problem: string;
}
const refused = (problem: string): Refusal => ({ ok: false, problem });

export function createRules(state: StateStore, now: () => number): Rules {
  // One that says more than is known here could be wider than it looks: it does not count.
  const kept = (): readonly Rule[] => (state.state().rules ?? []).flatMap((each) => ruleSchema.safeParse(each).data ?? []);
  return {
    list: () => kept(),
    offer(action, ground) {
      const read = readCommand(action, ground);
      return read.ok ? offerRule(read) : read;
    },
    find(action, ground) {
      // No rule, no look at the disk.
      if (kept().length === 0) return null;
      const read = readCommand(action, ground);
      if (!read.ok || "problem" in offerRule(read)) return null;
      const { sandbox } = ground;
      const rule = kept().find((each) => isAllowedBy(each, { ...read, sandbox }));
      return rule === undefined ? null : { rule, words: read.words, program: read.program, cwd: read.cwd };
    },
    async keep(offer, width, sandbox) {
      const rule = ruleOf(offer, width, sandbox);
      const same = kept().find((each) => JSON.stringify({ ...each, id: "", at: 0 }) === JSON.stringify({ ...rule, id: "", at: 0 }));
      if (same !== undefined) return { ok: true, rule: same };
      let made: Rule | null = null;
      try {
        await state.updateState((at) => {
          const rules = at.rules ?? [];
          const number = Math.max(0, ...kept().map(({ id }) => Number(id.slice(1)))) + 1;
          made = { ...rule, id: `r${number}`, at: now() };
          at.rules = [...rules, made].slice(-RULES_MAX);
        });
      } catch (error) {
        return refused(`the rule could not be kept: ${messageOf(error)}`);
      }
      return made === null ? refused("the rule could not be kept") : { ok: true, rule: made };
    },
    async remove(id) {
      if (!kept().some((rule) => rule.id === id)) return refused(`there is no rule ${id}`);
      try {
        await state.updateState((at) => {
          at.rules = (at.rules ?? []).filter((rule) => ruleSchema.safeParse(rule).data?.id !== id);
        });
      } catch (error) {
        return refused(`the rule could not be removed: ${messageOf(error)}`);
      }
      return { ok: true };
    },
  };
}

function ruleOf(offer: RuleOffer, width: "exact" | "open", sandbox: Sandbox): Rule {
  const isOpen = width === "open" && offer.canBeOpen;
  const words = isOpen ? offer.words.slice(0, 1) : [...offer.words];
  return { id: "r0", words, isOpen, program: offer.program, cwd: offer.cwd, sandbox, at: 0 };
}

/** The command as it would run now: its words, the program with all links followed, the folder too. */
function readCommand(action: Action, { cwd, sandbox, path }: RuleGround): Read {
  if (action.type !== "exec" || !isShellLanguage(action.language)) return refused("there are rules for commands only");
  if (sandbox.mode === "full") return refused("a rule needs a sandbox, and this agent has none");
  if (action.cwd !== undefined && action.cwd !== cwd) return refused("it runs in another folder than the agent stands in");
  const command = plainWords(action.code);
  if (!command.ok) return command;
  // Below its own /tmp a path means another folder to the agent than to us.
  const folder = isSeenAsIs(cwd, sandbox.writable) ? realFolder(cwd) : null;
  if (folder === null) return refused(`no rule reaches into ${cwd}`);
  const [name = ""] = command.words;
  const program = fixedProgram(name, path, [...sandbox.writable, "/tmp", "/var/tmp", "/dev/shm"]);
  return typeof program === "string" ? { ok: true, words: command.words, program, cwd: folder } : program;
}

/** The first program of that name, where no sandboxed program could have put it there or can change it. */
function fixedProgram(name: string, path: string, writable: readonly string[]): string | Refusal {
  const changeable = writable.flatMap((folder) => [folder, realFolder(folder) ?? folder]);
  const isChangeable = (at: string): boolean => changeable.some((folder) => at === folder || at.startsWith(folder + sep));
  if (name.includes("/") && !name.startsWith("/")) return refused(`${name} lies where the agent may write`);
  const folders = name.startsWith("/") ? [""] : path.split(":");
  for (const folder of folders) {
    if (!name.startsWith("/") && !folder.startsWith("/")) return refused("PATH holds a folder that is not absolute");
    const candidate = name.startsWith("/") ? name : `${folder}/${name}`;
    const real = realPath(candidate);
    if (real === null || programOnPath(candidate, "") === null) continue;
    if ([candidate, real, realFolder(folder) ?? candidate].some(isChangeable))
      return refused(`${candidate} lies where the agent may write`);
    return real;
  }
  return refused(`${name} is no program on the PATH`);
}

const realFolder = realPath;
