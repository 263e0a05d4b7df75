// What a bench gives back: figures with their targets and what stands beside them, and how they are printed.

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** "" for a count. */
  readonly unit: "" | "ms" | "% of a core" | "MB" | "bytes" | "s" | "per s";
  /** At most so much. */
  readonly target?: number;
  /** The same measured with a peer in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What no program of this kind can go below. */
  readonly limit?: { readonly name: string; readonly value: number };
  readonly note?: string;
}

export interface Bench {
  readonly name: string;
  readonly help: string;
  /** A string says why it could not be measured here. */
  run(): Promise<readonly Figure[] | string>;
}

export interface Report {
  readonly at: string;
  readonly machine: string;
  readonly figures: readonly (Figure & { readonly bench: string })[];
  readonly missing: readonly string[];
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Of no values: NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A table in Markdown that also reads well on a terminal. */
export function tableOf(report: Report): string {
  const rows = report.figures.map((figure) => [
    figure.name,
    `${digits(figure.value)} ${figure.unit}`,
    figure.target === undefined ? "" : `≤ ${digits(figure.target)}${figure.value <= figure.target ? "" : "  MISSED"}`,
    figure.peer === undefined
      ? ""
      : `${figure.peer.name} ${digits(figure.peer.value)} (${(figure.value / figure.peer.value).toFixed(2)} ×)`,
    figure.limit === undefined ? "" : `${figure.limit.name} ${digits(figure.limit.value)}`,
    figure.note ?? "",
  ]);
  const head = ["figure", "measured", "target", "peer", "limit", "note"];
  const kept = head.map((_, at) => at < 2 || rows.some((row) => row[at] !== ""));
  const all = [head, ...rows].map((row) => row.filter((_, at) => kept[at]));
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((row) => [...(row[at] ?? "")].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - [...cell].length)).join(" | ")} |`;
  const [first = [], ...rest] = all;
  return [line(first), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rest.map(line)].join("\n");
}

function digits(value: number): string {
  if (value !== 0 && Math.abs(value) < 10) return value.toFixed(2);
  return Math.abs(value) < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
