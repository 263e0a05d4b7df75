// The few parts of blessed 0.1.81 that `blessed-layout.ts` uses; the package has no types of its own.

declare module "blessed/lib/program.js" {
  export interface BlessedProgram {
    /** True: already on the alternate screen, so that a Screen writes no enter sequence. */
    isAlt: boolean;
    cols: number;
    rows: number;
    tput: { unicode: boolean; numbers: object; strings: object; features: object };
    put: { clear(): void };
    /** Set: `setupTput()` has nothing left to do. */
    _tputSetup: boolean;
  }
  interface ProgramConstructor {
    (options: object): BlessedProgram;
    /** Set: the handler that blessed wants on `exit` is taken to be there. */
    _bound?: boolean;
  }
  const program: ProgramConstructor;
  export default program;
}

declare module "blessed/lib/widgets/screen.js" {
  import type { BlessedProgram } from "blessed/lib/program.js";
  import type { BlessedBox } from "blessed/lib/widgets/box.js";
  /** One cell: attribute bits and character. */
  export type BlessedCell = [attribute: number, text: string];
  export interface BlessedScreen {
    lines: BlessedCell[][];
    render(): void;
    draw: (first: number, last: number) => void;
    append(element: BlessedBox): void;
  }
  interface ScreenConstructor {
    (options: { program: BlessedProgram; autoPadding: boolean }): BlessedScreen;
    /** Set: the handlers that blessed wants on `exit`, signals and exceptions are taken to be there. */
    _bound?: boolean;
    readonly instances: BlessedScreen[];
  }
  const screen: ScreenConstructor;
  export default screen;
}

declare module "blessed/lib/widgets/box.js" {
  import type { BlessedScreen } from "blessed/lib/widgets/screen.js";
  export interface BlessedBox {
    position: { left: number; top: number; width: number; height: number };
    /** The attribute bits that fill the element. */
    sattr: () => number;
    detach(): void;
  }
  type BoxConstructor = (options: { screen: BlessedScreen; left: number; top: number; width: number; height: number }) => BlessedBox;
  const box: BoxConstructor;
  export default box;
}
