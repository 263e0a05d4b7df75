// Numbers in words and units, as short as they can be read: tokens, money, durations, ages, counts, folders.

const TOKEN_UNITS = ["", "k", "M", "G"];

/** `812`, `41.2k`, `200k`, `1.05M`. */
export function formatTokens(tokens: number): string {
  const whole = Math.max(0, Math.round(tokens));
  let value = whole;
  let step = 0;
  // 999.95 rounds up to 1000, which belongs to the next unit.
  while (value >= (step === 0 ? 1000 : 999.5) && step < TOKEN_UNITS.length - 1) {
    value /= 1000;
    step += 1;
  }
  if (step === 0) return `${whole}`;
  const digits = value >= 99.95 ? 0 : step >= 2 && value < 9.995 ? 2 : 1;
  return `${trimZeros(value.toFixed(digits))}${TOKEN_UNITS[step] ?? ""}`;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/u, "") : text;
}

/** Of micro-dollars: `$0.62`, `~$0.62` where estimated (never of nothing), `$0.0003` below a cent, `$1,204` from a thousand up. */
export function formatMoney(micros: number, isEstimated: boolean): string {
  // Nothing that costs nothing is an estimate.
  const sign = isEstimated && micros > 0 ? "~" : "";
  const dollars = Math.max(0, micros) / 1_000_000;
  if (micros > 0 && dollars < 0.00005) return `${sign}<$0.0001`;
  if (dollars >= 999.995) return `${sign}$${thousands(Math.round(dollars))}`;
  if (dollars > 0 && dollars < 0.00995) return `${sign}$${trimZeros(dollars.toFixed(4))}`;
  return `${sign}$${dollars.toFixed(2)}`;
}

function thousands(whole: number): string {
  return String(whole).replace(/\B(?=(?:\d{3})+$)/gu, ",");
}

/** How long something took: `0.1 s`, `3 s`, `1 m 20 s`, `2 h 5 m`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms === 0) return "0 s";
  if (ms < 950) return `${Math.max(0.1, ms / 1000).toFixed(1)} s`;
  return seconds(Math.round(ms / 1000));
}

/** How long something has been going on: whole seconds, so that it changes once a second. */
export function formatElapsed(elapsedMs: number): string {
  return seconds(Math.floor(Math.max(0, elapsedMs) / 1000));
}

function seconds(total: number): string {
  if (total < 60) return `${total} s`;
  if (total < 3600) return pair(total, 60, "m", 1, "s");
  if (total < 86_400) return pair(total, 3600, "h", 60, "m");
  return pair(total, 86_400, "d", 3600, "h");
}

function pair(total: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((total % big) / small);
  const first = `${Math.floor(total / big)} ${bigUnit}`;
  return rest === 0 ? first : `${first} ${rest} ${smallUnit}`;
}

/** How long ago: `now`, `3 m`, `2 h`, `5 d`, `7 w`. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(Math.max(0, ageMs) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 28 ? `${days} d` : `${Math.floor(days / 7)} w`;
}

/** `14 lines`, `1 line`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${thousands(count)} ${many}`;
}

/** A folder below the user's home as `~/…`; any other as it is. */
export function tildeFolder(folder: string, home: string | null): string {
  const isAtHome = home !== null && (folder === home || folder.startsWith(`${home}/`));
  return isAtHome ? `~${folder.slice(home.length)}` : folder;
}
