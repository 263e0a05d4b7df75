// A client with a screen: link, user interface and terminal put together, until it detaches.

import type { TerminalId } from "../domain/ids.ts";
import type { KeySetting } from "../domain/key-setting.ts";
import type { Command, Reply, ServerMessage } from "../domain/protocol.ts";
import type { Keys } from "../link/frames.ts";
import { copyWords } from "../screen/clipboard.ts";
import { openScreen, type Screen, stopJob, type TerminalInput, type TerminalOutput } from "../screen/screen.ts";
import { type Depth, traitsOf } from "../screen/terminal-traits.ts";
import type { Effect } from "../ui/effects.ts";
import type { Frame } from "../ui/frame-types.ts";
import { loadHighlighter } from "../ui/highlight.ts";
import { keyHint } from "../ui/key-hint.ts";
import type { Chord, InputEvent } from "../ui/key-types.ts";
import { loadMarkdown } from "../ui/markdown.ts";
import type { ThemeDepth } from "../ui/theme.ts";
import {
  createUi,
  frame,
  isSizedByOther,
  nextWakeMs,
  onAnswer,
  onEdited,
  onFrameShown,
  onInput,
  onPulse,
  onRefusal,
  onReply,
  onResize,
  onTick,
  sayProblems,
  startEffects,
  type Ui,
  viewCommand,
  wantedEffects,
} from "../ui/ui.ts";
import { setAlert } from "../ui/view.ts";
import { graphemeWidth } from "../ui/width.ts";
import type { Connected, Connection } from "./connect.ts";
import { editText } from "./edit-text.ts";
import { createFrameClock, type FrameClock } from "./frame-clock.ts";
import { mirrorNews, mirrorRows } from "./mirror.ts";
import type { Opening } from "./opening.ts";
import { createOpeningRun, type OpeningRun, type ScreenEnd, type Waiting } from "./run-opening.ts";
import { showText } from "./show-text.ts";
import { openThemes, type Themes } from "./themes.ts";

/** A server that is lost twice within this time is not started a third time, ms. */
const LOST_TWICE_MS = 60_000;
/** Markdown and colours of code, 40 ms of work, are loaded so long after the first frame, which is with the terminal by then, ms. */
const ENRICH_AFTER_MS = 20;
/** A first frame waits so long at most for the rows of its terminals: they come sooner than it would be drawn twice, ms. */
const ROWS_LATEST_MS = 40;
/** A frame that the terminal has not taken is offered again after this, ms. */
const DEFERRED_MS = 50;
/** How long a workspace that was told to stop may take, ms. */
const QUIT_LIMIT_MS = 5000;

export interface ScreenRunOptions {
  /** Reaches the server, and starts it where none runs; called again when it is lost. */
  connect(): Promise<Connected>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** `themes/` of the user and of the program, the user's first. */
  readonly themeFolders: readonly string[];
  readonly theme: string | null;
  readonly prefix: Chord | null;
  /** Of the user's own; mistakes in them are said like `problems`. */
  readonly keys?: readonly KeySetting[];
  /** Shown as `~`; null where there is none. */
  readonly userHome: string | null;
  readonly opening: Opening;
  /** Said in the status line when the screen stands. */
  readonly problems: readonly string[];
}

/** Never rejects for an expected failure; the terminal is given back before it resolves. */
export async function runScreen(options: ScreenRunOptions): Promise<ScreenEnd> {
  const run = new ScreenRun(options);
  return run.run();
}

class ScreenRun {
  readonly #options: ScreenRunOptions;
  readonly #ui: Ui;
  readonly #themes: Themes;
  readonly #clock: FrameClock;
  readonly #opening: OpeningRun;
  readonly #end = Promise.withResolvers<ScreenEnd>();
  #screen: Screen | null = null;
  #connection: Connection | null = null;
  readonly #waiting = new Map<number, { readonly settle: Waiting; readonly isForProgram: boolean }>();
  #lastId = 0;
  /** Of the server that was reached last: another one after a loss means that it crashed. */
  #epoch = "";
  #sentView = "";
  /** The key with which this client's sizes were asked for last; null: it has just come, which counts as one. */
  #claimedAt: number | null = null;
  #farewell = "";
  #lostAt = Number.NEGATIVE_INFINITY;
  #isLent = false;
  #isEnding = false;
  /** While the first frame of a snapshot waits for the rows of its terminals. */
  #rowsLatestAt: number | null = null;
  #isEnriched = false;
  #enrichTimer: NodeJS.Timeout | null = null;

  constructor(options: ScreenRunOptions) {
    this.#options = options;
    const { output, env } = options;
    const traits = traitsOf(env);
    const problems: string[] = [...options.problems];
    this.#themes = openThemes({
      folders: options.themeFolders,
      choice: options.theme,
      depth: themeDepth(traits.depth),
      onTheme: (theme) => {
        this.#ui.theme = theme;
        this.#clock.soon();
      },
      onProblem: (text) => {
        if (this.#screen === null) problems.push(text);
        else this.#alert(text);
      },
    });
    this.#ui = createUi({
      theme: this.#themes.theme,
      isAscii: !traits.isUtf8,
      // Inside tmux, or in a pane of another workspace, the usual prefix would never arrive.
      prefix: options.prefix ?? ((env.TMUX ?? "") === "" && (env.INTERPANE_WORKSPACE ?? "") === "" ? "C-b" : "C-a"),
      ...(options.keys === undefined ? {} : { keys: options.keys }),
      cols: output.columns || 80,
      rows: output.rows || 24,
      ...(options.userHome === null ? {} : { home: options.userHome }),
    });
    onTick(this.#ui, Date.now());
    sayProblems(this.#ui, [...problems, ...this.#ui.bindings.conflicts]);
    this.#clock = createFrameClock((isRowsOnly) => this.#draw(isRowsOnly));
    this.#opening = createOpeningRun(options.opening, {
      ui: this.#ui,
      send: (command, waiting) => this.#send(command, waiting),
      execute: (effects) => this.#execute(effects),
      alert: (text) => this.#alert(text),
      finish: (end) => this.#finish(end),
    });
  }

  async run(): Promise<ScreenEnd> {
    try {
      // The terminal is made ready while the server starts.
      const opening = this.#openScreen();
      const reaching = Promise.race([this.#options.connect(), this.#end.promise.then(() => null)]);
      const [connected] = await Promise.all([reaching, opening]);
      if (connected !== null && !connected.ok) return { ok: false, message: connected.message };
      if (connected !== null) this.#attach(connected.connection);
      return await this.#end.promise;
    } finally {
      this.#isEnding = true;
      this.#clock.stop();
      if (this.#enrichTimer !== null) clearTimeout(this.#enrichTimer);
      this.#themes.close();
      this.#connection?.link.close();
      await this.#screen?.close();
    }
  }

  async #openScreen(): Promise<void> {
    const { input, output, env } = this.#options;
    this.#screen = await openScreen({
      input,
      output,
      env,
      widthOf: graphemeWidth,
      onInput: (event) => this.#take(event),
      onResize: (cols, rows) => {
        onTick(this.#ui, Date.now());
        onResize(this.#ui, cols, rows);
        this.#clock.soon();
      },
      onLost: () => this.#finish({ ok: true, message: null }),
    });
  }

  // The server -----------------------------------------------------------------------------------------------------------

  #attach(connection: Connection): void {
    if (this.#isEnding) {
      connection.link.close();
      return;
    }
    this.#connection = connection;
    this.#epoch = connection.epoch;
    this.#sentView = "";
    this.#claimedAt = null;
    this.#farewell = "";
    connection.begin({
      onMessage: (message) => this.#receive(message),
      onRows: (bytes) => this.#receiveRows(bytes),
      onClose: (reason) => void this.#lost(reason),
    });
    this.#execute(startEffects());
  }

  #receive(message: ServerMessage): void {
    onTick(this.#ui, Date.now());
    switch (message.type) {
      case "snapshot":
      case "fact":
      case "pulse": {
        const { change, effects } = mirrorNews(this.#ui, message);
        this.#execute(effects);
        // Before the first frame is drawn: the server prepares the terminals' rows meanwhile.
        if (message.type === "snapshot") {
          this.#sendView();
          this.#rowsLatestAt = performance.now() + ROWS_LATEST_MS;
        }
        if (change === "stream") this.#clock.streamed();
        else if (change === "state") this.#clock.changed();
        if (message.type !== "pulse") this.#opening.onNews();
        return;
      }
      case "reply":
      case "answer":
      case "refusal": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        waiting?.settle(message);
        // What a program was given shows in its rows.
        if (waiting?.isForProgram !== true || message.type !== "reply" || !message.ok) this.#clock.changed();
        return;
      }
      case "bye":
        this.#farewell = message.reason;
        return;
      case "welcome":
      case "ls":
        return;
      default:
        message satisfies never;
    }
  }

  #receiveRows(bytes: Uint8Array): void {
    const mirrored = mirrorRows(this.#ui, bytes);
    if (mirrored.ok) {
      if (this.#rowsLatestAt === null) this.#clock.rows();
      else if (!this.#isWithoutRows()) this.#clock.soon();
      return;
    }
    if (mirrored.terminal === null) this.#alert(mirrored.problem);
    else this.#askRows(mirrored.terminal);
  }

  /** A terminal that leaves the view and comes back is sent whole. */
  #askRows(terminal: TerminalId): void {
    const view = viewCommand(this.#ui);
    this.#send({ ...view, terminals: view.terminals.filter((shown) => shown.terminal !== terminal) }, () => {});
    this.#sentView = "";
    this.#clock.changed();
  }

  /** The connection is gone: a server that said why is obeyed, one that died is started anew, once. */
  async #lost(reason: string): Promise<void> {
    this.#connection = null;
    if (this.#isEnding) return;
    if (this.#farewell !== "") return this.#finish({ ok: true, message: this.#farewell });
    onTick(this.#ui, Date.now());
    const unanswered = [...this.#waiting.entries()];
    this.#waiting.clear();
    for (const [id, { settle }] of unanswered) settle({ type: "refusal", id, reason: "the server was lost before it answered" });
    const now = performance.now();
    const isSecond = now - this.#lostAt < LOST_TWICE_MS;
    this.#lostAt = now;
    const why = reason === "" ? "the server ended" : reason;
    if (isSecond)
      return this.#finish({
        ok: false,
        message: `the server was lost twice within a minute (${why}); its log says more: interpane starts it again`,
      });
    this.#alert(`the server was lost (${why}); starting it again`);
    const connected = await this.#options.connect();
    if (this.#isEnding) {
      if (connected.ok) connected.connection.link.close();
      return;
    }
    if (!connected.ok) return this.#finish({ ok: false, message: connected.message });
    const isSameServer = connected.connection.epoch === this.#epoch;
    this.#attach(connected.connection);
    onTick(this.#ui, Date.now());
    this.#alert(
      isSameServer
        ? "the connection to the server was lost and is back; the agents went on meanwhile"
        : "the server was lost and is back; turns that were open have ended as crashed, and nothing was run again",
    );
  }

  // What is sent -----------------------------------------------------------------------------------------------------------

  #send(command: Command, waiting: Waiting): void {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#connection === null) {
      waiting({ type: "refusal", id, reason: "there is no connection to the server just now" });
      return;
    }
    this.#waiting.set(id, { settle: waiting, isForProgram: isForProgram(command) });
    this.#connection.link.send({ type: "command", id, command });
  }

  #sendKeys(keys: Keys, { link }: Connection): void {
    link.sendKeys(keys);
    // They are a claim already: one with the next frame would take back what another screen has claimed since.
    if (this.#sentView !== "") this.#claimedAt = this.#ui.view.activeAt;
  }

  #sendView(): void {
    if (this.#connection === null || this.#ui.workspace === null) return;
    const { isActive, ...shown } = viewCommand(this.#ui);
    const { activeAt } = this.#ui.view;
    const text = JSON.stringify(shown);
    // Whoever types gets the size of this screen, asked for once a key: what somebody else changes after it is theirs.
    const isClaim = isActive && activeAt !== this.#claimedAt && isSizedByOther(this.#ui, { ...shown, isActive });
    const isFirst = this.#claimedAt === null;
    this.#claimedAt = activeAt;
    if (text === this.#sentView && !isClaim) return;
    this.#send({ ...shown, isActive: isActive || isFirst }, () => {});
    this.#sentView = text;
  }

  // The user ---------------------------------------------------------------------------------------------------------------

  #take(event: InputEvent): void {
    onTick(this.#ui, Date.now());
    if (event.type === "background") this.#themes.setBackground(event.isDark);
    if (event.type === "key" || event.type === "paste") this.#clock.keyPressed();
    const effects = onInput(this.#ui, event);
    this.#execute(effects);
    const isPassedOn = effects.length > 0 && effects.every((effect) => effect.type === "command" && isForProgram(effect.command));
    if (isPassedOn) this.#clock.typed();
    else this.#clock.soon();
  }

  #execute(effects: readonly Effect[]): void {
    for (const effect of effects) this.#executeOne(effect);
  }

  #executeOne(effect: Effect): void {
    switch (effect.type) {
      case "command":
        if (effect.command.type === "terminal.input" && this.#connection !== null) return this.#sendKeys(effect.command, this.#connection);
        this.#send(effect.command, (message) => {
          if (message.type === "answer") return;
          // One that was never sent, or lost on its way, is as good as refused: what was typed comes back.
          const reply: Reply = message.type === "reply" ? message : { type: "reply", id: message.id, ok: false, reason: message.reason };
          this.#execute(onReply(this.#ui, effect.purpose, reply));
        });
        return;
      case "query":
        this.#query(effect);
        return;
      case "detach":
        this.#finish({ ok: true, message: null });
        return;
      case "quit":
        this.#quit();
        return;
      case "edit":
        return void this.#lend(async () => {
          const edited = await editText(effect.text, effect.extension, this.#options.env);
          onTick(this.#ui, Date.now());
          if (!edited.ok) this.#alert(edited.problem);
          this.#execute(onEdited(this.#ui, effect.purpose, edited.ok ? edited.text : null));
        });
      case "copy":
        onTick(this.#ui, Date.now());
        setAlert(this.#ui, copyWords(effect.what, this.#screen?.copy(effect.text) ?? "cannot", keyHint(this.#ui, "copy.paste")));
        this.#clock.changed();
        return;
      case "show":
        return void this.#lend(async () => {
          const problem = await showText(effect.text, effect.how, this.#options.env);
          onTick(this.#ui, Date.now());
          if (problem !== null) this.#alert(problem);
        });
      case "suspend":
        return void this.#lend(stopJob);
      case "redraw":
        return void this.#lend(async () => {});
      case "bell":
        this.#options.output.write("\u0007");
        return;
      default:
        effect satisfies never;
    }
  }

  #query(effect: Extract<Effect, { type: "query" }>): void {
    this.#lastId += 1;
    const id = this.#lastId;
    const waiting: Waiting = (message) => {
      if (message.type === "answer") this.#execute(onAnswer(this.#ui, effect.purpose, message.value));
      else if (message.type === "refusal") onRefusal(this.#ui, effect.purpose, message.reason);
    };
    if (this.#connection === null) {
      waiting({ type: "refusal", id, reason: "there is no connection to the server just now" });
      return;
    }
    this.#waiting.set(id, { settle: waiting, isForProgram: false });
    this.#connection.link.send({ type: "query", id, query: effect.query });
  }

  #quit(): void {
    if (this.#connection === null) {
      this.#finish({ ok: true, message: null });
      return;
    }
    this.#connection.link.send({ type: "kill", isAll: false });
    setTimeout(
      () => this.#finish({ ok: true, message: "the workspace was told to stop and has not said that it did; interpane ls shows it" }),
      QUIT_LIMIT_MS,
    ).unref();
  }

  // The terminal -----------------------------------------------------------------------------------------------------------

  /** Gives the terminal away while `run` runs. */
  async #lend(run: () => Promise<void>): Promise<void> {
    if (this.#screen === null || this.#isLent) return;
    this.#isLent = true;
    try {
      await this.#screen.suspend(run);
    } finally {
      this.#isLent = false;
      this.#clock.soon();
    }
  }

  #draw(isRowsOnly: boolean): void {
    if (this.#screen === null || this.#isLent || this.#isEnding) return;
    if (this.#rowsLatestAt !== null) {
      const waitMs = this.#rowsLatestAt - performance.now();
      if (waitMs > 0 && this.#isWithoutRows()) return this.#clock.wakeIn(waitMs);
      this.#rowsLatestAt = null;
    }
    onTick(this.#ui, Date.now());
    if (!isRowsOnly) this.#sendView();
    const next: Frame = frame(this.#ui, isRowsOnly);
    const { isDeferred } = this.#screen.draw(next);
    // A question counts as shown only when the terminal has taken the frame that holds it.
    if (!isDeferred) {
      onFrameShown(this.#ui);
      if (this.#ui.workspace !== null && !this.#isEnriched) this.#enrichTimer ??= setTimeout(() => this.#enrich(), ENRICH_AFTER_MS);
    }
    this.#execute(wantedEffects(this.#ui));
    const wakeMs = nextWakeMs(this.#ui);
    this.#clock.wakeIn(isDeferred ? Math.min(DEFERRED_MS, wakeMs ?? DEFERRED_MS) : wakeMs);
  }

  /** Whether rows of a terminal that is shown are on their way. */
  #isWithoutRows(): boolean {
    return viewCommand(this.#ui).terminals.some(({ terminal }) => !this.#ui.grids.has(terminal));
  }

  /** The Markdown parser and the highlighter, once: the first frame is not kept waiting for them. */
  #enrich(): void {
    if (this.#enrichTimer !== null) clearTimeout(this.#enrichTimer);
    if (this.#isEnriched || this.#isEnding) return;
    this.#isEnriched = true;
    Promise.all([loadMarkdown(), loadHighlighter()]).then(
      () => this.#clock.soon(),
      (error: unknown) =>
        this.#alert(
          `answers are shown without colours: ${error instanceof Error ? error.message : String(error)}; install interpane again`,
        ),
    );
  }

  #alert(text: string): void {
    onPulse(this.#ui, { type: "alert", text });
    this.#clock.changed();
  }

  #finish(end: ScreenEnd): void {
    this.#end.resolve(end);
  }
}

/** What a program is given shows in its rows, and nowhere else. */
function isForProgram(command: Command): boolean {
  return command.type === "terminal.input" || command.type === "terminal.mouse";
}

function themeDepth(depth: Depth): ThemeDepth {
  switch (depth) {
    case "truecolor":
      return "true";
    case "256":
      return 256;
    case "16":
      return 16;
    case "none":
      return "none";
    default:
      return depth satisfies never;
  }
}
