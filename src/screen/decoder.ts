// Bytes of the terminal → input events, wherever the bytes are split; what the terminal answers to queries is never taken for typing.

import type { InputEvent } from "../ui/key-types.ts";
import { csiKey, type DecodedKey, linuxKey, plainKey, ss3Key } from "./key-codes.ts";

export interface Decoder {
  push(bytes: Uint8Array): void;
  /** For how long the terminal may be silent before `expire()` is due; 0: for ever. */
  readonly waitMs: number;
  /** Nothing more came: a lone ESC is the key, a paste without an end is delivered, a torn reply is dropped. */
  expire(): void;
}

const ESCAPE_WAIT_MS = 25;
/** `ESC [` and the like may be Alt with a bracket. */
const INTRODUCER_WAIT_MS = 100;
const SEQUENCE_WAIT_MS = 500;
const PASTE_WAIT_MS = 1000;
const SEQUENCE_MAX = 4096;
/** A longer paste is delivered in parts. */
const PASTE_MAX = 64 * 1024 * 1024;
const PASTE_END = Buffer.from("\x1b[201~", "latin1");

const ESC = 0x1b;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

type State = "ground" | "utf8" | "escape" | "csi" | "linux" | "ss3" | "string" | "stringEscape" | "x10" | "paste";

/** `onAttributes` gets what the terminal says it is and can (DA1), as `?62;22;52`. */
export function createDecoder(emit: (event: InputEvent) => void, onAttributes: (parameters: string) => void = () => {}): Decoder {
  let state: State = "ground";
  let hasAlt = false;
  /** Bytes of the sequence after its introducer, or of a character. */
  let held: number[] = [];
  let introducer = "";
  let needed = 0;
  let parts: Uint8Array[] = [];
  let partsLength = 0;
  let searchTail: Uint8Array = new Uint8Array(0);

  function emitKey(decoded: DecodedKey | null): void {
    if (decoded !== null) emit({ type: "key", chord: decoded.chord, raw: decoded.raw });
  }

  function enter(next: State): void {
    state = next;
    held = [];
  }

  function ground(byte: number): void {
    if (byte === ESC) {
      enter("escape");
    } else if (byte < 0x80) {
      emitKey(plainKey(String.fromCharCode(byte), false));
    } else {
      beginCharacter(byte, false);
    }
  }

  function beginCharacter(byte: number, isAlt: boolean): void {
    needed = byte >= 0xc2 && byte <= 0xdf ? 2 : byte >= 0xe0 && byte <= 0xef ? 3 : byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
    if (needed === 0) {
      state = "ground";
      emitKey(plainKey("\ufffd", isAlt));
      return;
    }
    enter("utf8");
    hasAlt = isAlt;
    held.push(byte);
  }

  function endCharacter(): void {
    const text = UTF8.decode(Uint8Array.from(held));
    state = "ground";
    const code = text.codePointAt(0) ?? 0xfffd;
    if (code >= 0x80 && code < 0xa0) return; // C1 controls are no text
    for (const char of text) emitKey(plainKey(char, hasAlt));
  }

  function utf8(byte: number): void {
    if ((byte & 0xc0) !== 0x80) {
      endCharacter(); // cut short: a replacement character
      ground(byte);
      return;
    }
    held.push(byte);
    if (held.length === needed) endCharacter();
  }

  function afterEscape(byte: number): void {
    const char = String.fromCharCode(byte);
    switch (char) {
      case "[":
        enter("csi");
        break;
      case "O":
        enter("ss3");
        break;
      case "]":
      case "P":
      case "_":
      case "^":
      case "X":
        introducer = char;
        enter("string");
        break;
      // Two quick presses; terminals that send Alt with arrows as ESC ESC are rarer than people who press Esc twice.
      case "\x1b":
        emitKey(plainKey("\x1b", false));
        break;
      default:
        if (byte >= 0x80) {
          beginCharacter(byte, true);
        } else {
          state = "ground";
          emitKey(plainKey(char, true));
        }
    }
  }

  function csi(byte: number): void {
    if (byte < 0x20 || byte >= 0x7f) {
      state = "ground"; // torn
      ground(byte);
    } else if (held.length === 0 && byte === 0x5b) {
      enter("linux");
    } else if (held.length === 0 && byte === 0x4d) {
      enter("x10");
    } else if (byte < 0x40) {
      if (held.length < SEQUENCE_MAX) held.push(byte);
    } else {
      state = "ground";
      endCsi(latin1(held), String.fromCharCode(byte));
    }
  }

  function endCsi(parameters: string, final: string): void {
    if (final === "~" && parameters === "200") {
      state = "paste";
      [parts, partsLength, searchTail] = [[], 0, new Uint8Array(0)];
    } else if (parameters.startsWith("<")) {
      if (final === "M" || final === "m") emitMouse(parameters.slice(1).split(";").map(Number), final === "m");
    } else if (parameters === "" && (final === "I" || final === "O")) {
      emit({ type: "focus", isFocused: final === "I" });
    } else if (/^\?997;[12]$/.test(parameters) && final === "n") {
      emit({ type: "background", isDark: parameters.endsWith("1") }); // mode 2031: the colour scheme has changed
    } else if (final === "c" && /^\?[\d;]*$/.test(parameters)) {
      onAttributes(parameters);
    } else if (/^[\d;:]*$/.test(parameters)) {
      emitKey(csiKey(parameters, final));
    } // else a reply: DA, DSR, DECRPM, the kitty flags
  }

  function emitMouse([code = 0, column = 1, row = 1]: readonly number[], isRelease: boolean): void {
    if (!(column >= 1 && row >= 1) || code & 128) return;
    const isWheel = (code & 64) !== 0;
    if (isWheel && (code & 3) > 1) return; // sideways
    const buttons = ["left", "middle", "right", "none"] as const;
    emit({
      type: "mouse",
      action: isWheel ? (code & 1 ? "wheeldown" : "wheelup") : isRelease ? "release" : code & 32 ? "move" : "press",
      button: isWheel ? "none" : (buttons[code & 3] ?? "none"),
      x: column - 1,
      y: row - 1,
      hasCtrl: (code & 16) !== 0,
      hasShift: (code & 4) !== 0,
      hasAlt: (code & 8) !== 0,
    });
  }

  function x10(byte: number): void {
    held.push(byte);
    if (held.length < 3) return;
    const [code = 32, column = 33, row = 33] = held;
    state = "ground";
    const isRelease = (code & 0b1100011) === 0b0100011;
    emitMouse([code - 32, column - 32, row - 32], isRelease);
  }

  function string(byte: number): void {
    if (byte === ESC) {
      state = "stringEscape";
    } else if (byte === 0x07 || byte === 0x18 || byte === 0x1a) {
      endString();
    } else if (held.length < SEQUENCE_MAX) {
      held.push(byte);
    }
  }

  function stringEscape(byte: number): void {
    endString();
    if (byte !== 0x5c) {
      enter("escape"); // not ST: the string was torn and something new begins
      afterEscape(byte);
    }
  }

  function endString(): void {
    state = "ground";
    const match = introducer === "]" ? /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(latin1(held)) : null;
    if (match === null) return;
    const [r = 0, g = 0, b = 0] = match.slice(1).map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
    const rgb = [r, g, b].reduce((sum, part) => sum * 256 + Math.round(part * 255), 0);
    emit({ type: "background", isDark: 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.5, rgb });
  }

  /** Takes what belongs to the paste and returns how much that was. */
  function paste(bytes: Uint8Array): number {
    // The end marker may lie across the border: look there first, then in the chunk.
    const border = Buffer.concat([searchTail, bytes.subarray(0, PASTE_END.length - 1)]);
    const atBorder = border.indexOf(PASTE_END);
    if (atBorder >= 0) {
      const taken = atBorder + PASTE_END.length - searchTail.length;
      keep(bytes.subarray(0, taken));
      endPaste(partsLength - PASTE_END.length);
      return taken;
    }
    const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(PASTE_END);
    if (found >= 0) {
      keep(bytes.subarray(0, found));
      endPaste(partsLength);
      return found + PASTE_END.length;
    }
    keep(bytes);
    const recent = bytes.length >= PASTE_END.length - 1 ? bytes : border;
    searchTail = Uint8Array.from(recent.subarray(Math.max(0, recent.length - (PASTE_END.length - 1))));
    if (partsLength > PASTE_MAX) {
      endPaste(partsLength);
      state = "paste";
    }
    return bytes.length;
  }

  /** Copied: the caller may use its buffer again. */
  function keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    parts.push(Uint8Array.from(bytes));
    partsLength += bytes.length;
  }

  function endPaste(length: number): void {
    const text = UTF8.decode(Buffer.concat(parts).subarray(0, length)).replace(/\r\n?/g, "\n");
    [parts, partsLength, searchTail, state] = [[], 0, new Uint8Array(0), "ground"];
    if (text !== "") emit({ type: "paste", text });
  }

  function step(byte: number): void {
    switch (state) {
      case "ground":
        ground(byte);
        break;
      case "utf8":
        utf8(byte);
        break;
      case "escape":
        afterEscape(byte);
        break;
      case "csi":
        csi(byte);
        break;
      case "linux":
        state = "ground";
        emitKey(linuxKey(String.fromCharCode(byte)));
        break;
      case "ss3":
        if (byte >= 0x30 && byte <= 0x39) break; // an old way to name modifiers
        state = "ground";
        if (byte === ESC || byte < 0x20 || byte >= 0x7f) {
          emitKey(plainKey("O", true));
          ground(byte);
        } else {
          emitKey(ss3Key(String.fromCharCode(byte)));
        }
        break;
      case "string":
        string(byte);
        break;
      case "stringEscape":
        stringEscape(byte);
        break;
      case "x10":
        x10(byte);
        break;
      case "paste":
        break; // taken whole by `paste`
      default:
        state satisfies never;
    }
  }

  return {
    push(bytes) {
      for (let i = 0; i < bytes.length; ) {
        if (state === "paste") i += paste(bytes.subarray(i));
        else step(bytes[i++] ?? 0);
      }
    },
    get waitMs() {
      switch (state) {
        case "ground":
          return 0;
        case "escape":
          return ESCAPE_WAIT_MS;
        case "paste":
          return PASTE_WAIT_MS;
        case "ss3":
          return INTRODUCER_WAIT_MS;
        default:
          return held.length === 0 ? INTRODUCER_WAIT_MS : SEQUENCE_WAIT_MS;
      }
    },
    expire() {
      const ended = state;
      const wasBare = held.length === 0;
      if (ended === "paste") {
        endPaste(partsLength);
        return;
      }
      state = "ground";
      if (ended === "escape") emitKey(plainKey("\x1b", false));
      else if (ended === "ss3") emitKey(plainKey("O", true));
      else if (ended === "csi" && wasBare) emitKey(plainKey("[", true));
      else if (ended === "string" && wasBare) emitKey(plainKey(introducer, true));
      else if (ended === "utf8") emitKey(plainKey("\ufffd", hasAlt));
    },
  };
}

function latin1(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}
