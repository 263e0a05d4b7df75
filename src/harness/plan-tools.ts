// The list of what is to do, and questions to the user: what every family has under names of its own. Neither touches the machine.

import { z } from "zod";
import type { Action, Question, TodoState } from "../domain/action.ts";
import { type ActionOf, problem, type Speech, spoken, type Tool, tool } from "./dialect.ts";
import type { Spoken } from "./harness.ts";

/** How a family writes its list. */
export interface TodoDialect {
  readonly name: string;
  /** The parameter that holds the list. */
  readonly list: string;
  /** In an entry: what is to be done. Its state is always `status`. */
  readonly text: string;
  readonly states: Readonly<Record<TodoState, string>>;
  readonly isOffered?: boolean;
}

const TODO_STATES: readonly TodoState[] = ["pending", "active", "done"];

export function todoTool({ name, list, text, states, isOffered = true }: TodoDialect): Tool {
  const entry = z.object({ [text]: z.string().min(1), status: z.enum(TODO_STATES.map((state) => states[state])) });
  return tool({
    name,
    group: "always",
    isOffered,
    description:
      "Keeps the list of what is to do where the user sees it. Give the whole list each time; exactly one entry is being worked on. For work of three steps and more.",
    schema: z.object({ [list]: z.array(entry).describe("The whole list, in order.") }),
    toAction: (args) => {
      const entries = args[list] ?? [];
      const stateOf = (status: unknown): TodoState => TODO_STATES.find((state) => states[state] === status) ?? "pending";
      return { type: "todo", items: entries.map((each) => ({ text: String(each[text] ?? ""), state: stateOf(each["status"]) })) };
    },
  });
}

function speakTodo({ items }: ActionOf<"todo">, { name, list, text, states }: TodoDialect): Spoken {
  return spoken(name, { [list]: items.map((each) => ({ [text]: each.text, status: states[each.state] })) });
}

/** How a family writes a question. */
export interface AskDialect {
  readonly name: string;
  readonly text: string;
  /** In an option: what it means to choose it. */
  readonly detail: string;
  /** Says that more than one option may be chosen. */
  readonly many: string;
}

const QUESTIONS_MAX = 4;
const OPTIONS_MAX = 8;

export function askTool({ name, text, detail, many }: AskDialect): Tool {
  const option = z.object({ label: z.string().min(1), [detail]: z.string().describe("What it means to choose it.").optional() });
  const question = z.object({
    [text]: z.string().min(1),
    options: z.array(option).max(OPTIONS_MAX).describe("Answers to choose from; the user may always answer otherwise.").optional(),
    [many]: z.boolean().describe("More than one may be chosen.").optional(),
  });
  return tool({
    name,
    group: "always",
    description:
      "Asks the user, and ends your turn: the answer is their next message. Only for a choice that is theirs to make and that the task depends on.",
    schema: z.object({ questions: z.array(question).min(1).max(QUESTIONS_MAX) }),
    toAction: ({ questions }) => {
      const asked = questions.map((each): Question | null => readQuestion(each, { text, detail, many }));
      const whole = asked.filter((each) => each !== null);
      return whole.length < asked.length ? problem(`each question needs \`${text}\``) : { type: "ask", questions: whole };
    },
  });
}

/** The keys of a family are known when the program runs, so their types are looked at once more. */
function readQuestion(given: Readonly<Record<string, unknown>>, { text, detail, many }: Omit<AskDialect, "name">): Question | null {
  const words = given[text];
  if (typeof words !== "string") return null;
  const options = Array.isArray(given["options"]) ? given["options"] : [];
  return {
    text: words,
    options: options.map((option: Readonly<Record<string, unknown>>) => {
      const more = option[detail];
      return { label: String(option["label"]), ...(typeof more === "string" && more !== "" ? { detail: more } : {}) };
    }),
    isMany: given[many] === true,
  };
}

function speakAsk({ questions }: ActionOf<"ask">, { name, text, detail, many }: AskDialect): Spoken {
  return spoken(name, {
    questions: questions.map((question) => ({
      [text]: question.text,
      ...(question.options.length === 0
        ? {}
        : {
            options: question.options.map((option) => ({
              label: option.label,
              ...(option.detail === undefined ? {} : { [detail]: option.detail }),
            })),
          }),
      ...(question.isMany ? { [many]: true } : {}),
    })),
  });
}

/** How a dialect with both tools says them. */
export function speakPlans(todo: TodoDialect, ask: AskDialect): Pick<Speech, "todo" | "ask"> {
  return { todo: (action) => speakTodo(action, todo), ask: (action) => speakAsk(action, ask) };
}

/** For dialects that have nothing but a shell: what was listed or asked, as the lines that showed it. */
export function planLines(action: Extract<Action, { type: "todo" | "ask" }>): string[] {
  if (action.type === "todo") {
    const marks: Readonly<Record<TodoState, string>> = { pending: "[ ]", active: "[>]", done: "[x]" };
    return action.items.map((each) => `${marks[each.state]} ${each.text}`);
  }
  return action.questions.flatMap((question) => [question.text, ...question.options.map((option) => `- ${option.label}`)]);
}

/** As most families write them. */
export const TODO_WORDS: Readonly<Record<TodoState, string>> = { pending: "pending", active: "in_progress", done: "completed" };
