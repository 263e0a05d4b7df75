// A pane of tmux as a second opinion on what bytes look like: feed it, read its cells back.

import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GUARD_MS } from "./until.ts";

const feeder = fileURLToPath(new URL("tmux-feeder.ts", import.meta.url));

/** One cell as tmux prints it: text and, where it is not plain, its SGR numbers in a fixed order. */
export interface PeerCell {
  readonly text: string;
  readonly style: string;
}

export function tmuxVersion(): string | null {
  try {
    return execFileSync("tmux", ["-V"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

export class TmuxPeer {
  readonly #folder: string;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #control: ChildProcess;
  #heard = Buffer.alloc(0);
  #said = "";
  #wake: () => void = () => {};

  private constructor(folder: string, server: Server, socket: Socket, control: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
    this.#socket = socket;
    this.#control = control;
    socket.on("data", (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#wake();
    });
    control.stdout?.on("data", (chunk: Buffer) => {
      this.#said += chunk.toString("utf8");
      this.#wake();
    });
  }

  static async start(cols: number, rows: number): Promise<TmuxPeer> {
    const folder = mkdtempSync(join(tmpdir(), "ip-peer-"));
    const path = join(folder, "feed");
    const server = createServer().listen(path);
    await once(server, "listening");
    const connected = once(server, "connection");
    const env = { ...process.env };
    delete env["TMUX"];
    execFileSync(
      "tmux",
      [
        "-S",
        join(folder, "tmux"),
        "-f",
        "/dev/null",
        "-u",
        "new-session",
        "-d",
        "-x",
        `${cols}`,
        "-y",
        `${rows}`,
        `stty raw -echo; exec '${process.execPath}' '${feeder}' '${path}'`,
        ";",
        "set",
        "-g",
        "status",
        "off",
        ";",
        "set",
        "-g",
        "window-size",
        "manual",
        ";",
        "resize-window",
        "-x",
        `${cols}`,
        "-y",
        `${rows}`,
      ],
      { env: { ...env, LC_ALL: "C.UTF-8" } },
    );
    const [socket] = (await connected) as [Socket];
    const control = spawn("tmux", ["-S", join(folder, "tmux"), "-C", "attach"], { env, stdio: ["pipe", "pipe", "ignore"] });
    const peer = new TmuxPeer(folder, server, socket, control);
    await peer.#until(() => peer.#said.includes("%session-changed"));
    await peer.#ask("refresh-client -f no-output,ignore-size");
    return peer;
  }

  /** Resolves with what the terminal answered, when all bytes have been taken in; the last answer is the cursor's place. */
  async feed(bytes: Uint8Array): Promise<string> {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    this.#socket.write(Buffer.concat([head, bytes]));
    await this.#until(() => this.#heard.length >= 4 && this.#heard.length >= 4 + this.#heard.readUInt32BE(0));
    const size = this.#heard.readUInt32BE(0);
    const answer = this.#heard.subarray(4, 4 + size).toString("latin1");
    this.#heard = this.#heard.subarray(4 + size);
    return answer;
  }

  /** The screen's rows. */
  async cells(): Promise<PeerCell[][]> {
    const lines = await this.#ask("capture-pane -peN");
    // tmux carries the style on from line to line.
    const pen = new Pen();
    return lines.map((line) => pen.cellsOf(line));
  }

  async close(): Promise<void> {
    this.#control.stdin?.end("kill-server\n");
    this.#socket.destroy();
    this.#server.close();
    if (this.#control.exitCode === null) await once(this.#control, "exit");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(command: string): Promise<string[]> {
    this.#control.stdin?.write(`${command}\n`);
    // The guard line of an own command ends in 1; those of the attach itself in 0.
    const block = /^%begin (\d+ \d+) 1\n([\s\S]*?)^%(end|error) \1 1\n/m;
    await this.#until(() => block.test(this.#said));
    const found = block.exec(this.#said);
    if (found === null) throw new Error("no answer");
    this.#said = this.#said.slice(found.index + found[0].length);
    if (found[3] === "error") throw new Error(`tmux: ${command}: ${found[2]}`);
    const body = found[2] ?? "";
    return body.replace(/\n$/, "").split("\n");
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`tmux did not answer: ${JSON.stringify(this.#said.slice(-300))}`)), GUARD_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

const ACS: Readonly<Record<string, string>> = {
  "`": "◆",
  a: "▒",
  b: "␉",
  c: "␌",
  d: "␍",
  e: "␊",
  h: "␤",
  i: "␋",
  f: "°",
  g: "±",
  j: "┘",
  k: "┐",
  l: "┌",
  m: "└",
  n: "┼",
  o: "⎺",
  p: "⎻",
  q: "─",
  r: "⎼",
  s: "⎽",
  t: "├",
  u: "┤",
  v: "┴",
  w: "┬",
  x: "│",
  y: "≤",
  z: "≥",
  "{": "π",
  "|": "≠",
  "}": "£",
  "~": "·",
};

/** Reads the SGR that `capture-pane -e` writes: a parser of its own, so that a mistake of ours cannot hide itself. */
class Pen {
  #flags = new Set<string>();
  #fg = "";
  #bg = "";
  #underline = "";
  #isLines = false;

  cellsOf(line: string): PeerCell[] {
    const cells: PeerCell[] = [];
    const part = /\x1b\[([\d;:]*)m|\x0e|\x0f|\x1b\]8;[^\x07\x1b]*(?:\x1b\\|\x07)|([\s\S])/gu;
    for (const [whole, sgr, char] of line.matchAll(part)) {
      if (whole === "\x0e") this.#isLines = true;
      else if (whole === "\x0f") this.#isLines = false;
      else if (sgr !== undefined) this.#take(sgr);
      else if (char !== undefined) {
        const last = cells.at(-1);
        if (last !== undefined && /\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(char)) cells[cells.length - 1] = { ...last, text: last.text + char };
        else cells.push({ text: this.#isLines ? (ACS[char] ?? char) : char, style: this.#style() });
      }
    }
    return cells;
  }

  #style(): string {
    return [...[...this.#flags].sort(), this.#fg && `fg${this.#fg}`, this.#bg && `bg${this.#bg}`, this.#underline && `ul${this.#underline}`]
      .filter(Boolean)
      .join(" ");
  }

  #take(sgr: string): void {
    const parts = sgr.split(";");
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] ?? "";
      const n = Number(part.split(":")[0]);
      if (part === "5:3") this.#flags.add("overline");
      else if (n === 0) {
        this.#flags.clear();
        this.#fg = this.#bg = this.#underline = "";
      } else if (part.startsWith("4:")) this.#flags.add(["", "underline", "double", "curly", "dotted", "dashed"][Number(part[2])] ?? "");
      else if (n === 38 || n === 48 || n === 58) {
        let colour: string;
        if (part.includes(":")) {
          const [, kind, ...rest] = part.split(":");
          colour = kind === "2" ? `#${rest.slice(-3).join(",")}` : (rest[0] ?? "");
        } else if (parts[i + 1] === "5") {
          colour = parts[i + 2] ?? "";
          i += 2;
        } else {
          colour = `#${parts.slice(i + 2, i + 5).join(",")}`;
          i += 4;
        }
        if (n === 38) this.#fg = colour;
        else if (n === 48) this.#bg = colour;
        else this.#underline = colour;
      } else if (n >= 30 && n <= 37) this.#fg = `${n - 30}`;
      else if (n >= 40 && n <= 47) this.#bg = `${n - 40}`;
      else if (n >= 90 && n <= 97) this.#fg = `${n - 82}`;
      else if (n >= 100 && n <= 107) this.#bg = `${n - 92}`;
      else if (n === 39) this.#fg = "";
      else if (n === 49) this.#bg = "";
      else if (n === 59) this.#underline = "";
      else {
        const name = {
          1: "bold",
          2: "dim",
          3: "italic",
          4: "underline",
          5: "blink",
          7: "inverse",
          8: "invisible",
          9: "strike",
          53: "overline",
        }[n];
        if (name === undefined) throw new Error(`an SGR number that tmux was not thought to write: ${part}`);
        this.#flags.add(name);
      }
    }
  }
}
