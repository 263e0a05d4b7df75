// When the next frame is drawn: at once after a key, at most 60 a second for what happened, 30 for streamed text, none at rest.

export const FRAME_MS = 1000 / 60;
export const STREAM_FRAME_MS = 1000 / 30;
/** What a key to a program changed beside its echo (an alert that goes): soon enough, and seldom while somebody types fast. */
export const TYPED_FRAME_MS = 100;
/** For this long after a key whatever changes is most likely its echo, ms. */
const ECHO_MS = 60;

export interface FrameClock {
  /** After a key, a resize, a reply: in this turn of the loop. */
  soon(): void;
  changed(): void;
  /** Rows of terminals that are shown came, and nothing else with them. */
  rows(): void;
  /** Only streamed text, which the eye reads no faster. */
  streamed(): void;
  /** After a key that went to a program: its echo is drawn when it comes, all else with it, or a little later. */
  typed(): void;
  /** A key was pressed: what comes next is drawn without waiting. */
  keyPressed(): void;
  /** A frame in `delayMs`, unless one comes earlier; null takes the wish back. */
  wakeIn(delayMs: number | null): void;
  stop(): void;
}

export interface Timers {
  now(): number;
  /** Gives back what takes the timer back. */
  set(run: () => void, delayMs: number): () => void;
}

/** A timer of 0 ms takes 1 ms or more, half of what a key's echo may take; an immediate runs when this turn's input is read. */
const systemTimers: Timers = {
  now: () => performance.now(),
  set(run, delayMs) {
    if (delayMs > 0) {
      // Node cuts off the fraction, which would make 62 frames a second.
      const timer = setTimeout(run, Math.ceil(delayMs));
      return () => clearTimeout(timer);
    }
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};

/** `draw` is called once for however many wishes came before it; `isRowsOnly`: whatever stands around terminals is as it was drawn last. */
export function createFrameClock(draw: (isRowsOnly: boolean) => void, timers: Timers = systemTimers): FrameClock {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let keyAt = Number.NEGATIVE_INFINITY;
  let due: { readonly at: number; readonly takeBack: () => void } | null = null;
  let takeWakeBack: (() => void) | null = null;
  let isStopped = false;
  let hasRows = false;
  let hasMore = true;
  /** A key may have changed more than its echo shows: by then all is drawn. */
  let allBy = Number.POSITIVE_INFINITY;

  const run = (): void => {
    due = null;
    if (isStopped) return;
    drawnAt = timers.now();
    const isRowsOnly = hasRows && !hasMore && drawnAt < allBy;
    hasRows = false;
    if (!isRowsOnly) {
      hasMore = false;
      allBy = Number.POSITIVE_INFINITY;
    }
    draw(isRowsOnly);
    if (allBy < Number.POSITIVE_INFINITY) drawAt(allBy);
  };
  const drawAt = (at: number): void => {
    if (isStopped || (due !== null && due.at <= at)) return;
    due?.takeBack();
    due = { at, takeBack: timers.set(run, Math.max(0, at - timers.now())) };
  };
  const within = (intervalMs: number): void => {
    const now = timers.now();
    drawAt(now - keyAt < ECHO_MS ? now : Math.max(now, drawnAt + intervalMs));
  };

  return {
    soon: () => {
      hasMore = true;
      drawAt(timers.now());
    },
    changed: () => {
      hasMore = true;
      within(FRAME_MS);
    },
    rows: () => {
      hasRows = true;
      const now = timers.now();
      // The first after a key is its echo: now, without the turn of the loop in which others might come with it.
      if (now - keyAt >= ECHO_MS || drawnAt >= keyAt || isStopped) return within(FRAME_MS);
      due?.takeBack();
      run();
    },
    streamed: () => {
      hasMore = true;
      within(STREAM_FRAME_MS);
    },
    typed: () => {
      allBy = Math.min(allBy, timers.now() + TYPED_FRAME_MS);
      drawAt(allBy);
    },
    keyPressed: () => {
      keyAt = timers.now();
    },
    wakeIn(delayMs) {
      takeWakeBack?.();
      takeWakeBack = null;
      if (delayMs === null || isStopped) return;
      takeWakeBack = timers.set(() => {
        takeWakeBack = null;
        hasMore = true;
        drawAt(timers.now());
      }, delayMs);
    },
    stop() {
      isStopped = true;
      due?.takeBack();
      takeWakeBack?.();
      due = null;
      takeWakeBack = null;
    },
  };
}
