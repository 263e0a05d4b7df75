// What is used of the insides of @xterm/headless 6.0.0, and whether a terminal has them. `emulator.ts` alone imports the library.

import type { Extended, MendedInsides } from "./emulator-mends.ts";
import { areMendable } from "./emulator-mends.ts";
import type { EmulatorLine } from "./terminal-cells.ts";

/** The attributes that the next character gets. */
export interface Attributes {
  fg: number;
  bg: number;
  extended: Extended;
  updateExtended(): void;
}

/** A line that can be written to; three words a cell, as `terminal-cells.ts` reads them. */
export interface Line extends EmulatorLine {
  _data: Uint32Array;
  _combined: Record<number, string | undefined>;
  _extendedAttrs: Record<number, Extended | undefined>;
  length: number;
  isWrapped: boolean;
  copyCellsFrom(line: Line, from: number, to: number, count: number, isReverse: boolean): void;
  clone(): Line;
  addCodepointToCell(index: number, code: number, width: number): void;
}

/** A ring: `get(0)` is the oldest line. */
export interface Lines {
  readonly length: number;
  readonly maxLength: number;
  get(index: number): Line | undefined;
  set(index: number, line: Line): void;
  /** Of a full ring: the oldest line becomes the newest. */
  recycle(): Line;
  push(line: Line): void;
  /** Called with how many of the oldest lines have gone. */
  onTrim(listener: (count: number) => void): { dispose(): void };
}

export interface ScreenBuffer {
  readonly lines: Lines;
  ybase: number;
  ydisp: number;
  x: number;
  y: number;
  savedY: number;
  scrollTop: number;
  scrollBottom: number;
}

export interface CsiParams {
  length: number;
  params: Int32Array;
  hasSubParams(index: number): boolean;
  getSubParams(index: number): null;
  toArray(): number[];
}

export interface Insides {
  readonly _inputHandler: MendedInsides["_inputHandler"] & {
    parse(bytes: Uint8Array): undefined | Promise<boolean>;
    readonly _curAttrData: Attributes;
    readonly _activeBuffer: ScreenBuffer;
    readonly _utf8Decoder: { readonly interim: Uint8Array };
    _eraseAttrData(): Attributes;
    readonly _parser: {
      /** 0: nothing has begun. */
      readonly currentState: number;
      precedingJoinState: number;
      readonly _executeHandlers: Readonly<Record<number, (() => unknown) | undefined>>;
      readonly _csiHandlers: Readonly<Record<number, readonly ((params: CsiParams) => unknown)[] | undefined>>;
    };
  };
  readonly _bufferService: {
    readonly cols: number;
    readonly rows: number;
    readonly isUserScrolling: boolean;
    readonly buffer: ScreenBuffer;
    readonly buffers: { readonly normal: ScreenBuffer; readonly alt: ScreenBuffer };
    scroll(erase: Attributes, isWrapped?: boolean): void;
  };
  readonly coreMouseService: { readonly activeEncoding: string };
  readonly _charsetService: { readonly charset: unknown };
  readonly optionsService: { readonly rawOptions: { readonly convertEol: boolean } };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: {
      readonly wraparound: boolean;
      readonly cursorStyle?: "block" | "underline" | "bar" | undefined;
      readonly cursorBlink?: boolean | undefined;
    };
  };
}

type Loose<T> = { readonly [K in keyof T]?: T[K] extends (...given: never) => unknown ? T[K] : Loose<T[K]> };

/** Looks before it trusts: another version may have other insides. `terminal` is the library's own object. */
export function insidesOf(terminal: object): Insides | null {
  // The public type hides `_core`; every member that is used is checked below.
  const core = (terminal as { _core?: Loose<Insides> })._core;
  const handler = core?._inputHandler;
  const parser = handler?._parser;
  const service = core?._bufferService;
  const buffer = handler?._activeBuffer;
  const lines = buffer?.lines;
  const line = lines?.get?.(0);
  const isKnown =
    areMendable(core as Partial<Insides> | undefined) &&
    typeof handler?.parse === "function" &&
    typeof handler._eraseAttrData === "function" &&
    typeof handler._curAttrData?.updateExtended === "function" &&
    typeof handler._curAttrData.extended?.clone === "function" &&
    typeof handler._curAttrData.extended._ext === "number" &&
    handler._utf8Decoder?.interim instanceof Uint8Array &&
    parser?.currentState === 0 &&
    typeof parser.precedingJoinState === "number" &&
    typeof parser._executeHandlers?.[0x08] === "function" &&
    typeof parser._csiHandlers?.[0x6d]?.[0] === "function" &&
    service?.buffer === buffer &&
    service?.buffers?.normal === buffer &&
    typeof service?.scroll === "function" &&
    service.isUserScrolling === false &&
    typeof service.buffers?.alt?.lines?.get === "function" &&
    typeof lines?.recycle === "function" &&
    typeof lines.push === "function" &&
    typeof lines.onTrim === "function" &&
    typeof lines.maxLength === "number" &&
    [buffer?.x, buffer?.y, buffer?.ybase, buffer?.ydisp, buffer?.scrollTop].every((value) => value === 0) &&
    buffer?.scrollBottom === (service.rows ?? 0) - 1 &&
    line?._data instanceof Uint32Array &&
    line._data.length === line.length * 3 &&
    line.isWrapped === false &&
    typeof line._combined === "object" &&
    typeof line._extendedAttrs === "object" &&
    typeof line.addCodepointToCell === "function" &&
    typeof line.copyCellsFrom === "function" &&
    typeof line.clone === "function" &&
    typeof core?.coreMouseService?.activeEncoding === "string" &&
    core._charsetService !== undefined &&
    core._charsetService.charset === undefined &&
    core.optionsService?.rawOptions?.convertEol === false &&
    typeof core.coreService?.isCursorHidden === "boolean" &&
    core.coreService.modes?.insertMode === false &&
    core.coreService.decPrivateModes?.wraparound === true;
  return isKnown ? (core as Insides) : null;
}
