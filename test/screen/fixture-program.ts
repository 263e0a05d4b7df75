// A small client for tests: opens the screen in its terminal, shows what it is told by the keys it gets, and ends as asked.

import { openScreen, stopJob } from "../../src/screen/screen.ts";
import type { Frame } from "../../src/ui/frame-types.ts";
import { graphemeWidth } from "../../src/ui/width.ts";

const words: string[] = [];
const screen = await openScreen({
  input: process.stdin,
  output: process.stdout,
  env: process.env,
  widthOf: graphemeWidth,
  onInput(event) {
    words.push(
      event.type === "key"
        ? `key ${event.chord}`
        : event.type === "paste"
          ? `paste ${event.text.length}`
          : event.type === "background"
            ? `background ${event.isDark ? "dark" : "light"}`
            : event.type,
    );
    show();
    if (event.type === "key") void act(event.chord);
  },
  onResize: () => show(),
});

function show(): void {
  const { cols, rows } = screen.size;
  const texts = [`pid ${process.pid} size ${cols}x${rows}`, ...words.slice(-6)];
  const frame: Frame = {
    cols,
    rows,
    boxes: [
      {
        id: "all",
        rect: { x: 0, y: 0, width: cols, height: rows },
        z: 0,
        fill: {},
        content: { type: "lines", lines: texts.map((text) => [{ text, style: { bold: true } }]) },
      },
    ],
    cursor: { x: 3, y: 4, shape: "bar" },
    title: "fixture",
  };
  screen.draw(frame);
}

let round = 0;

/** As many bytes as can be: every cell changes its colour. */
function flood(): void {
  const { cols, rows } = screen.size;
  round += 1;
  const lines = Array.from({ length: rows }, (_, y) =>
    Array.from({ length: cols }, (_, x) => ({
      text: String.fromCharCode(0x21 + ((x + y + round) % 90)),
      style: { fg: 0x0200_0000 | ((x * 977 + y * 77 + round * 1234) & 0xffffff) },
    })),
  );
  screen.draw({
    cols,
    rows,
    boxes: [{ id: "all", rect: { x: 0, y: 0, width: cols, height: rows }, z: 0, fill: {}, content: { type: "lines", lines } }],
    cursor: null,
    title: "flood",
  });
}

async function act(chord: string): Promise<void> {
  switch (chord) {
    case "q":
      await screen.close();
      console.log("closed");
      return;
    case "x":
      return process.exit(3);
    case "t":
      throw new Error("thrown on purpose");
    case "r":
      void Promise.reject(new Error("rejected on purpose"));
      return;
    case "c":
      screen.copy("copied text");
      return;
    case "f":
      setInterval(flood, 1);
      return;
    case "C-z":
      await screen.suspend(stopJob);
      return;
    case "e":
      await screen.suspend(async () => {
        const { spawn } = await import("node:child_process");
        await new Promise((resolve) =>
          spawn("sh", ["-c", "echo in the editor; stty -a | grep -o '.icanon'; read x; echo got $x"], { stdio: "inherit" }).on(
            "exit",
            resolve,
          ),
        );
      });
      words.push("back");
      show();
      return;
    default:
  }
}

show();
