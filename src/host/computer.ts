// The user's X11 desktop: its screen by a screenshot program, its mouse and keyboard by xdotool, outside of any agent's shell and sandbox.

import { setTimeout as sleep } from "node:timers/promises";
import type { ComputerAction, ScreenSize } from "../domain/computer.ts";
import { fitScreen, fromScreen, type ImageLimits } from "../domain/computer-tool.ts";
import { messageOf } from "../domain/message-of.ts";
import type { Computer, ComputerContext, ComputerResult, DesktopEnv, ScreenResult } from "../engine/ports.ts";
import { type ChildEnd, cleanLine, runClosedChild } from "./closed-child.ts";
import { findShooter, type Shooter, takeShot } from "./screenshot.ts";
import { programOnPath } from "./terminal-program.ts";
import { boundsProblem, holdKeyRun, type XdotoolRun, xdotoolRun } from "./xdotool.ts";

export interface ComputerOptions {
  /** Private; screenshots lie in it for a moment. */
  readonly scratchDir: string;
  /** Where the programs are looked for. */
  readonly path: string;
  readonly home: string;
  readonly platform?: NodeJS.Platform;
  /** How long windows get to draw what an action led to. */
  readonly settleMs?: number;
}

/** What a child of ours gets of a desktop: where it is, and how its door is opened. */
const DESKTOP_NAMES = ["DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] as const;
const LOOK_MS = 5_000;
/** Anthropic's docs wait so long after a click. */
const SETTLE_MS = 500;
/** A window that was given the keyboard has it by then. */
const FOCUS_MS = 50;

/** Of a client's variables those that say which desktop it is on. */
export function desktopOf(env: Readonly<Record<string, string | undefined>>): DesktopEnv {
  const found: Record<string, string> = {};
  for (const name of DESKTOP_NAMES) {
    const value = env[name];
    if (value !== undefined && value !== "") found[name] = value;
  }
  return found;
}

interface Tools {
  readonly xdotool: string;
  readonly shooter: Shooter;
  readonly env: Readonly<Record<string, string>>;
}

/** What is known of a screen since it was last looked at. */
interface Known {
  /** Which of its pixels the model's coordinates mean. */
  screen: ScreenSize;
  /** The window that had the keyboard after the last action; null: none in particular. */
  focus: string | null;
}

export function createComputer(options: ComputerOptions): Computer {
  const known = new Map<string, Known>();
  /** One action at a time on a screen, whoever asks: a drag of one agent and a click of another would make neither. */
  const busy = new Map<string, Promise<unknown>>();

  function findTools(desktop: DesktopEnv): { ok: true; tools: Tools } | { ok: false; problem: string } {
    const problem = placeProblem(options.platform ?? process.platform, desktop);
    if (problem !== null) return { ok: false, problem };
    const { path } = options;
    const xdotool = programOnPath("xdotool", path);
    const shooter = findShooter(path);
    if (xdotool === null || shooter === null) return { ok: false, problem: missingProblem(xdotool === null, shooter === null) };
    // Nothing else of the server's or the user's environment; UTF-8, or xdotool cannot read what it is to type.
    return {
      ok: true,
      tools: { xdotool, shooter, env: { PATH: path, HOME: options.home, LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...desktop } },
    };
  }

  function xdotool(tools: Tools, run: XdotoolRun, signal?: AbortSignal): Promise<ChildEnd> {
    return runClosedChild({
      argv: [tools.xdotool, ...run.args],
      cwd: "/",
      env: tools.env,
      timeoutMs: run.timeoutMs,
      ...(run.input === undefined ? {} : { input: run.input }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** What it printed; null where it failed. */
  async function ask(tools: Tools, ...args: readonly string[]): Promise<string | null> {
    const end = await xdotool(tools, { args, timeoutMs: LOOK_MS });
    return end.type === "exited" && end.exitCode === 0 ? new TextDecoder().decode(end.stdout).trim() : null;
  }

  async function look(desktop: DesktopEnv, limits: ImageLimits): Promise<ScreenResult> {
    const found = findTools(desktop);
    if (!found.ok) return found;
    const end = await xdotool(found.tools, { args: ["getdisplaygeometry"], timeoutMs: LOOK_MS });
    const size = end.type === "exited" ? /^(\d+) (\d+)\s*$/.exec(new TextDecoder().decode(end.stdout)) : null;
    if (size === null) return { ok: false, problem: unreachable(desktop, end) };
    const screen = { width: Number(size[1]), height: Number(size[2]) };
    knownOf(desktop, screen).screen = screen;
    return { ok: true, shown: fitScreen(screen, limits) };
  }

  function knownOf(desktop: DesktopEnv, screen: ScreenSize): Known {
    const key = desktop["DISPLAY"] ?? "";
    const found = known.get(key) ?? { screen, focus: null };
    known.set(key, found);
    return found;
  }

  async function perform(action: ComputerAction, context: ComputerContext): Promise<ComputerResult> {
    const { desktop, limits, signal } = context;
    const found = findTools(desktop);
    if (!found.ok) return found;
    const { tools } = found;
    let here = known.get(desktop["DISPLAY"] ?? "");
    if (here === undefined) {
      const looked = await look(desktop, limits);
      if (!looked.ok) return looked;
      here = known.get(desktop["DISPLAY"] ?? "") ?? { screen: looked.shown, focus: null };
    }
    const shown = fitScreen(here.screen, limits);
    const outside = boundsProblem(action, shown);
    if (outside !== null) return { ok: false, problem: outside };
    switch (action.type) {
      case "screenshot":
        return shoot(tools, here, context, null);
      case "zoom":
        return shoot(tools, here, context, action.region);
      case "position": {
        const said = /X=(-?\d+)\s+Y=(-?\d+)/.exec((await ask(tools, "getmouselocation", "--shell")) ?? "");
        if (said === null) return { ok: false, problem: "xdotool did not say where the pointer is" };
        return { ok: true, text: JSON.stringify(fromScreen([Number(said[1]), Number(said[2])], shown, here.screen)) };
      }
      case "wait":
        await sleep(action.ms, undefined, { signal }).catch(() => {});
        return signal.aborted ? { ok: false, problem: "interrupted while it waited" } : { ok: true, text: "OK" };
      default: {
        const run = action.type === "holdKey" ? holdKeyRun(action.chord, action.ms) : xdotoolRun(action, shown, here.screen);
        const isTyping = action.type === "type" || action.type === "keys" || action.type === "holdKey";
        if (isTyping && context.wasAsked) await giveFocusBack(tools, here);
        const problem = await act(tools, run, signal);
        if (problem !== null) return { ok: false, problem };
        here.focus = await focused(tools);
        return { ok: true, text: "OK" };
      }
    }
  }

  async function act(tools: Tools, run: XdotoolRun, signal: AbortSignal): Promise<string | null> {
    const end = await xdotool(tools, run, signal);
    const isDone = end.type === "exited" && end.exitCode === 0;
    if (!isDone && run.undo !== undefined) await xdotool(tools, { args: run.undo, timeoutMs: LOOK_MS });
    if (end.type === "timeout") return signal.aborted ? "interrupted; a part of it may have been done" : "xdotool did not end in time";
    if (end.type === "not-started") return `xdotool could not be started: ${end.reason}`;
    // It says so and goes on as if all were well.
    const noKey = /No such key name '([^']*)'/.exec(end.stderr)?.[1];
    if (noKey !== undefined) return `there is no key named "${cleanLine(noKey, 40)}" here`;
    return isDone ? null : `xdotool failed: ${cleanLine(end.stderr, 300) || `exit code ${end.exitCode}`}`;
  }

  /** Without a window manager no window has it in particular. */
  async function focused(tools: Tools): Promise<string | null> {
    const id = await ask(tools, "getwindowfocus");
    return id !== null && /^\d{2,}$/.test(id) ? id : null;
  }

  /** Whoever answered in a terminal on the same screen took the keyboard with them. */
  async function giveFocusBack(tools: Tools, here: Known): Promise<void> {
    if (here.focus === null || (await focused(tools)) === here.focus) return;
    if ((await ask(tools, "windowfocus", here.focus)) !== null) await sleep(FOCUS_MS);
  }

  async function shoot(
    tools: Tools,
    here: Known,
    { limits, signal }: ComputerContext,
    region: Extract<ComputerAction, { type: "zoom" }>["region"] | null,
  ): Promise<ComputerResult> {
    const { shooter, env } = tools;
    const shot = await takeShot({ shooter, env, limits, region, signal, scratchDir: options.scratchDir });
    if (!shot.ok) return shot;
    here.screen = shot.screen;
    const path = `${region === null ? "screenshot" : "zoom"}-${timeOf(new Date())}.png`;
    const what = region === null ? `the screen, ${shot.shown.width}×${shot.shown.height}` : `${region.join(", ")} of the screen, larger`;
    return { ok: true, text: `[${path}: ${what}]`, image: { bytes: shot.bytes, path } };
  }

  async function run(action: ComputerAction, context: ComputerContext): Promise<ComputerResult> {
    const result = await perform(action, context);
    const wantsScreen = context.isLast && result.ok && result.image === undefined && action.type !== "position";
    if (!wantsScreen || context.signal.aborted) return result;
    await sleep(options.settleMs ?? SETTLE_MS, undefined, { signal: context.signal }).catch(() => {});
    const after = await perform({ type: "screenshot" }, context);
    // What was asked for is done: without its picture the model asks for one.
    return after.ok ? { ...after, text: `${result.text}\n${after.text}` } : result;
  }

  return {
    look,
    run(action, context) {
      const key = context.desktop["DISPLAY"] ?? "";
      const turn = (busy.get(key) ?? Promise.resolve()).then(() =>
        context.signal.aborted ? { ok: false as const, problem: "interrupted" } : run(action, context),
      );
      const settled = turn.catch((error: unknown) => ({
        ok: false as const,
        problem: `the screen could not be used: ${messageOf(error)}`,
      }));
      busy.set(key, settled);
      return settled;
    },
  };
}

function timeOf(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join("");
}

const OWN_SCREEN = "give it a screen of its own: Xvfb :9 & DISPLAY=:9 interpane --os";

/** Null: an X server is named. */
function placeProblem(platform: NodeJS.Platform, desktop: DesktopEnv): string | null {
  if (platform === "darwin" || platform === "win32")
    return `the screen can be used on X11 only, and this is ${platform === "darwin" ? "macOS" : "Windows"}: run Interpane in a Linux machine or container with X11`;
  const hasDisplay = desktop["DISPLAY"] !== undefined;
  if (desktop["WAYLAND_DISPLAY"] !== undefined)
    return hasDisplay
      ? `this is a Wayland desktop, which shows other programs nothing and takes no clicks from them: sign in to an X11 (Xorg) session; or ${OWN_SCREEN}, with WAYLAND_DISPLAY unset`
      : `this is a Wayland desktop without X11: sign in to an X11 (Xorg) session, or ${OWN_SCREEN}`;
  return hasDisplay
    ? null
    : `there is no screen here, DISPLAY is not set: start Interpane from a terminal on an X11 desktop, or ${OWN_SCREEN}`;
}

function missingProblem(noXdotool: boolean, noShooter: boolean): string {
  const missing = [
    ...(noXdotool ? ["xdotool"] : []),
    ...(noShooter ? ["a screenshot program (scrot, maim, ImageMagick, gnome-screenshot)"] : []),
  ];
  const install = [...(noXdotool ? ["xdotool"] : []), ...(noShooter ? ["scrot"] : [])].join(" ");
  return `to use the screen, ${missing.join(" and ")} must be installed: apt install ${install} (or as your system installs packages)`;
}

function unreachable(desktop: DesktopEnv, end: ChildEnd): string {
  const said = end.type === "exited" ? cleanLine(end.stderr, 200) : end.type === "not-started" ? end.reason : "no answer";
  return `the X server of DISPLAY=${cleanLine(desktop["DISPLAY"] ?? "", 40)} cannot be reached (${said}): is it running, and is XAUTHORITY its key?`;
}
