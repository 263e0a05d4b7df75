// A first use, step by step: what is typed, what has to be seen then, and what is said of it in docs/first-use.md.

/** Text is typed as it is; a chord is one key or several (`ui/key-types.ts`). */
export type Stroke = { readonly text: string } | { readonly chord: readonly string[] };

export interface Step {
  readonly title: string;
  readonly says: string;
  readonly strokes: readonly Stroke[];
  /** The screen is taken once this stands on it. */
  readonly until: RegExp;
  /** A key that comes with a question answers nothing: it waits until the question could be read. */
  readonly isAnswer?: boolean;
}

export interface CommandStep {
  readonly title: string;
  readonly says: string;
  /** As it is typed at the shell's prompt. */
  readonly command: string;
}

const line = (text: string): Stroke[] => [{ text }, { chord: ["enter"] }];
const keys = (...chord: string[]): Stroke[] => [{ chord }];

export const firstUse: readonly Step[] = [
  {
    title: "Start it in a folder of yours",
    says: "No key is set here, so a scripted model answers: everything else is real. The pane says what can be done.",
    strokes: [],
    until: /what OS am I using/i,
  },
  {
    title: "Ask something",
    says: "The model wants to run code. Nothing has run yet: the box shows exactly what would, where, and what it may touch.",
    strokes: line("what OS am I using?"),
    until: /y run/,
  },
  {
    title: "Allow it",
    says: "It ran in the agent's own shell, what it printed went back to the model, and the model answered.",
    strokes: keys("y"),
    until: /○[\s\S]*You are using/,
    isAnswer: true,
  },
  {
    title: "Refuse something",
    says: "The second question is answered with no.",
    strokes: line("python: print(6 * 7)"),
    until: /y run/,
  },
  {
    title: "",
    says: "The code did not run, and the model was told that you refused.",
    strokes: keys("n"),
    until: /○[\s\S]*nothing was run/,
    isAnswer: true,
  },
  {
    title: "Run a command yourself",
    says: "It runs in the same shell, no model is asked; the next message's model knows what it printed.",
    strokes: line("! echo 1 > notes.txt; ls"),
    until: /○[\s\S]*It printed/,
  },
  {
    title: "Look at its shell",
    says: "In there every key goes to the shell. The same key shows both, and then the conversation alone again.",
    strokes: keys("C-b", "t"),
    until: /keys go to the terminal|shop \$[\s\S]*ls/,
  },
  {
    title: "A second agent beside it",
    says: "With a shell, a conversation and a profile of its own; both work at once.",
    strokes: [...keys("C-b", "t"), ...keys("C-b", "t"), ...keys("C-b", "%")],
    until: /2 agent 2/,
  },
  {
    title: "Another model",
    says: "Type to filter, Enter takes it, Esc leaves. What cannot be used yet says what is missing; Enter there asks for the key.",
    strokes: keys("C-b", "m"),
    until: /profile ─[\s\S]*demo/,
  },
  {
    title: "All keys",
    says: "",
    strokes: [...keys("escape"), ...keys("C-b", "?")],
    until: /keys ─/,
  },
];

/** The screen is given back then. */
export const leaving: Pick<Step, "title" | "says" | "strokes"> = {
  title: "Leave, and come back",
  says: "The agents go on without you. `interpane` in the same folder leads back to them.",
  strokes: [...keys("escape"), ...keys("C-b", "d")],
};

export const firstCommands: readonly CommandStep[] = [
  {
    title: "What runs",
    says: "`interpane send`, `interpane wait` and `interpane capture` talk to an agent from outside.",
    command: "interpane ls",
  },
  {
    title: "Without a screen",
    says: "This is standard output, the answer alone; what led to it goes to standard error. `-y` allows what the model runs.",
    command: 'echo "What OS am I using?" | interpane --stdin -y --profile demo',
  },
  { title: "What was said is kept", says: "`interpane --resume` carries one on.", command: "interpane sessions list" },
];

/** As a reader would type it. */
export function strokesText(strokes: readonly Stroke[]): string {
  return strokes.map((stroke) => ("text" in stroke ? stroke.text : stroke.chord.map(keyName).join(" "))).join("  ");
}

function keyName(chord: string): string {
  const names: Readonly<Record<string, string>> = { enter: "⏎", escape: "Esc" };
  return names[chord] ?? chord;
}
