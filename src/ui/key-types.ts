// What a user can do at the outer terminal, decoded. Written by `screen/decoder.ts`, read by `ui/keys.ts`.

/**
 * A key with its modifiers, in one spelling: modifiers in the order C- M- S-, then the key: a single character as typed
 * (`a`, `A`, `%`, `é`), or a name (`enter tab escape backspace delete insert up down left right home end pageup pagedown
 * space f1 … f12`). `S-` stands only before names (`S-tab`, `S-enter`); a shifted letter is itself. Examples: `C-b`, `M-left`, `S-tab`.
 */
export type Chord = string;

export type InputEvent =
  | { readonly type: "key"; readonly chord: Chord /** The bytes as they came, for a program in a pane. */; readonly raw: string }
  /** A bracketed paste, whole. Line ends are `\n`. */
  | { readonly type: "paste"; readonly text: string }
  | {
      readonly type: "mouse";
      readonly action: "press" | "release" | "move" | "wheelup" | "wheeldown";
      readonly button: "left" | "middle" | "right" | "none";
      /** Cells from 0. */
      readonly x: number;
      readonly y: number;
      readonly hasCtrl: boolean;
      readonly hasShift: boolean;
      readonly hasAlt: boolean;
    }
  | { readonly type: "focus"; readonly isFocused: boolean }
  /** The outer terminal's own background, where it said so. */
  | { readonly type: "background"; readonly isDark: boolean /** 24 bits, where it named the colour. */; readonly rgb?: number };
