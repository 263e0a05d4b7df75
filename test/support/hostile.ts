// 200 sequences by which what a terminal shows has been turned against its user: modes, titles, clipboard, answers that are typed, other
// screens, endless strings, look-alikes. And a reader that names what a program itself sends to its terminal.

const ESC = "\x1b";
const ST = "\x1b\\";

export const HOSTILE: readonly string[] = make();

function make(): string[] {
  const all: string[] = [];
  const add = (...more: string[]): void => void all.push(...more);
  // Titles and what answers with them, which is then typed.
  for (const n of [0, 1, 2, 21, 30, 46]) add(`${ESC}]${n};owned\x07`, `${ESC}]${n};rm -rf /\n${ST}`);
  add(`${ESC}[21t`, `${ESC}[20t`, `${ESC}[22;0t`, `${ESC}[23;0t`, `${ESC}kowned${ST}`, `${ESC}]l;owned${ST}`, `${ESC}]L;owned${ST}`);
  // Clipboard.
  for (const where of ["c", "p", "s", "", "c0"]) add(`${ESC}]52;${where};b3duZWQ=\x07`, `${ESC}]52;${where};?\x07`);
  add(
    `${ESC}]1337;CopyToClipboard=\x07owned${ESC}]1337;EndCopy\x07`,
    `${ESC}]1337;Copy=:b3duZWQ=\x07`,
    `${ESC}]50;CursorShape=2\x07`,
    `${ESC}]5522;type=read${ST}`,
  );
  // Colours, fonts, folders, notices, progress.
  for (const n of [4, 5, 10, 11, 12, 13, 17, 19]) add(`${ESC}]${n};0;rgb:ff/00/00\x07`, `${ESC}]${n};?\x07`);
  for (const n of [104, 110, 111, 112, 117]) add(`${ESC}]${n}\x07`);
  add(
    `${ESC}]7;file:///etc\x07`,
    `${ESC}]9;owned\x07`,
    `${ESC}]9;4;1;50\x07`,
    `${ESC}]777;notify;owned;now\x07`,
    `${ESC}]99;;owned${ST}`,
    `${ESC}]22;wait${ST}`,
    `${ESC}]133;C\x07`,
    `${ESC}]633;E;rm -rf /\x07`,
    `${ESC}]3008;start=x${ST}`,
    `${ESC}]66;s=7;big\x07`,
  );
  // Links that are not links.
  add(
    `${ESC}]8;;javascript:alert(1)${ST}x${ESC}]8;;${ST}`,
    `${ESC}]8;;file:///etc/passwd${ST}x`,
    `${ESC}]8;;https://a.example/\x07\x1b[?1003h${ST}x${ESC}]8;;${ST}`,
    `${ESC}]8;id=${"i".repeat(300)};https://a.example/${ST}x`,
  );
  // Modes.
  for (const n of [
    1, 2, 3, 5, 6, 7, 9, 12, 25, 40, 45, 47, 66, 67, 69, 80, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1034, 1047, 1048,
    1049, 2004, 2026, 2027, 2031, 2048,
  ])
    add(`${ESC}[?${n}${n % 2 === 0 ? "h" : "l"}`);
  add(
    `${ESC}[?1000;1002;1003;1006h`,
    `${ESC}[4h`,
    `${ESC}[20h`,
    `${ESC}[2h`,
    `${ESC}[12l`,
    `${ESC}[?s`,
    `${ESC}[?1049r`,
    `${ESC}=`,
    `${ESC}>`,
  );
  // Keyboards.
  add(`${ESC}[>31u`, `${ESC}[<9u`, `${ESC}[=31;1u`, `${ESC}[?u`, `${ESC}[>4;2m`, `${ESC}[>4n`, `${ESC}[>1p`);
  // Questions whose answers would be typed.
  add(
    `${ESC}[c`,
    `${ESC}[>c`,
    `${ESC}[=c`,
    `${ESC}[5n`,
    `${ESC}[6n`,
    `${ESC}[?6n`,
    `${ESC}[?15n`,
    `${ESC}[?996n`,
    `${ESC}[x`,
    `${ESC}[1;1;1;1;1;1*y`,
    `${ESC}[14t`,
    `${ESC}[18t`,
    `${ESC}[>q`,
    `${ESC}Z`,
    "\x05",
    `${ESC}P$qm${ST}`,
    `${ESC}P+q544e${ST}`,
    `${ESC}[?2026$p`,
    `${ESC}[?1$p`,
  );
  // Windows, tabs, regions, resets, printers.
  for (const n of [1, 2, 3, 5, 8, 9, 10]) add(`${ESC}[${n};1;1t`);
  add(
    `${ESC}c`,
    `${ESC}[!p`,
    `${ESC}[61"p`,
    `${ESC}#8`,
    `${ESC}#3`,
    `${ESC}#6`,
    `${ESC}[2J${ESC}[3J${ESC}[H`,
    `${ESC}[1;2r`,
    `${ESC}[5;6s`,
    `${ESC}[3g`,
    `${ESC}[5i`,
    `${ESC}[4i`,
    `${ESC}[?5i`,
    `${ESC}[2 q`,
    `${ESC}[1$}`,
    `${ESC}[1$~`,
    `${ESC}[999B`,
    `${ESC}[9999;9999H`,
    `${ESC}M`.repeat(50),
    `${ESC}D`.repeat(50),
    `${ESC}[50L`,
    `${ESC}[50M`,
    `${ESC}[50@`,
  );
  // Strings: pictures, multiplexers, macros, private messages, and such as never end.
  add(
    `${ESC}Pq#0;2;0;0;0~~${ST}`,
    `${ESC}_Ga=T,f=24,s=1,v=1;AAAA${ST}`,
    `${ESC}Ptmux;${ESC}${ESC}]0;owned\x07${ST}`,
    `${ESC}P${ESC}]52;c;b3duZWQ=\x07${ST}`,
    `${ESC}P1;1;1!zowned${ST}`,
    `${ESC}[1*z`,
    `${ESC}^owned${ST}`,
    `${ESC}Xowned${ST}`,
    `${ESC}P0|17/owned${ST}`,
    `${ESC}]1337;File=inline=1:AAAA\x07`,
  );
  // Character sets, eight-bit controls, bells, and what turns or hides text.
  add(
    `${ESC}(0`,
    `${ESC})0`,
    "\x0e",
    "\x0f",
    `${ESC}n`,
    `${ESC}o`,
    `${ESC}%G`,
    `${ESC}%@`,
    `${ESC} F`,
    `${ESC} G`,
    "\u009b?1003h",
    "\u009d0;owned\u009c",
    "\u0090q\u009c",
    "\u0084\u0085\u008d",
    "\x07\x07\x07",
    "\x08\x08\x08",
    "\x7f",
    "\x00",
  );
  add(
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "a\u200bb\u200dc\ufeff",
    "\u2028\u2029",
    "Z\u0351\u036b\u0343".repeat(30),
    "\ud83c\udff4",
    `\u{e0001}\u{e0067}`,
  );
  // Numbers beyond sense, sequences within sequences.
  add(
    `${ESC}[2147483647b`,
    `${ESC}[2147483648S`,
    `${ESC}[${"1;".repeat(500)}m`,
    `${ESC}[38;2;${"9".repeat(400)}m`,
    `${ESC}[${ESC}]0;owned\x07m`,
    `${ESC}]0;a${ESC}[?1000hb\x07`,
    `${ESC}[?1000${"\x18"}h`,
    `${ESC}${ESC}${ESC}[?1003h`,
    `${ESC}[1\x1a;2H`,
  );
  return all;
}

/** Kinds of all that a program sent to its terminal beside text: numbers left out where they are only places, colours and counts. */
export function sentKinds(bytes: Buffer): Set<string> {
  const kinds = new Set<string>();
  const text = bytes.toString("latin1");
  // C0 but for ESC; CSI; OSC, DCS, APC, PM, SOS with their text; other escapes.
  const found =
    /\x1b\[([?>=<]?)([\d;:]*)([ !"$'*]*[@-~])|\x1b([\]P_^X])([\s\S]*?)(?:\x07|\x1b\\)|\x1b([ -/]*[0-~])|([\x00-\x1a\x1c-\x1f\x7f])/g;
  for (const [, mark, numbers, final, string, content, other, control] of text.matchAll(found)) {
    if (final !== undefined)
      kinds.add(`CSI ${mark}${mark === "" && final !== "t" && final !== "n" && final !== "c" ? "" : numbers}${final}`);
    else if (string === "]") kinds.add(`OSC ${/^\d*/.exec(content ?? "")?.[0]}`);
    else if (string !== undefined) kinds.add(`string ${string}`);
    else if (other !== undefined) kinds.add(`ESC ${other}`);
    else if (control !== undefined) kinds.add(`C0 ${control.charCodeAt(0).toString(16)}`);
  }
  return kinds;
}
