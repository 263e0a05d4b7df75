// What was spent, as a text to read: by day, and of each day by profile and model.

import { byDay, sumUsage, type UsageRow, type UsageSum } from "../domain/usage.ts";
import { cleanLine } from "./clean.ts";
import type { Effect } from "./effects.ts";
import { formatCount, formatMoney, formatTokens } from "./format.ts";
import type { Line, Span } from "./frame-types.ts";
import { purposeOf, query } from "./purpose.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import { openOverlay, type Ui } from "./view.ts";
import { padToWidth, textWidth } from "./width.ts";
import { cutLine, lineWidth, wrapText } from "./wrap.ts";

export const USAGE_DAYS = 30;
const PROFILE_COLS = 12;

export function openUsage(ui: Ui): Effect[] {
  openOverlay(ui, { type: "text", kind: "usage", filter: "", top: 0 });
  return [query({ type: "usage", days: USAGE_DAYS }, purposeOf("usage"))];
}

export function usageLines(ui: Ui, width: number): Line[] {
  const { theme } = ui;
  const { usage } = ui.view;
  const dim = role(theme, "dim");
  if (usage === null) return [[{ text: "asking", style: dim }]];
  const { rows, today } = usage;
  if (rows.length === 0) return wrapText(`no request was made in the last ${USAGE_DAYS} days`, width, dim);
  const strong = role(theme, "text", { bold: true });
  const total = sumUsage(rows);
  const head = (words: string, sum: UsageSum): Line => {
    const who: Span[] = [
      { text: words, style: strong },
      { text: `  ${formatCount(sum.requests, "request")}`, style: dim },
    ];
    return besideMoney(who, { text: ` ${moneyOf(sum)}`, style: strong }, width);
  };
  const days = byDay(rows).flatMap(({ day, rows: of }): Line[] => [
    [],
    head(day === today ? "today" : day, sumUsage(of)),
    ...of.flatMap((row) => rowLines(ui, row, width)),
  ]);
  const unpriced =
    total.unpriced === 0
      ? []
      : [[], ...wrapText(`${formatCount(total.unpriced, "request")} of models without a known price: not in the sums`, width, dim)];
  return [head(`last ${USAGE_DAYS} days`, total), ...days, ...unpriced];
}

function moneyOf({ costMicros, isEstimated }: UsageSum): string {
  return costMicros === null ? "price unknown" : formatMoney(costMicros, isEstimated);
}

/** One line; the tokens on one of their own where there is no room beside the name. */
function rowLines(ui: Ui, row: UsageRow, width: number): Line[] {
  const { theme } = ui;
  const dim = role(theme, "dim");
  const profile = cleanLine(row.profile) || "-";
  const who: Span[] = [
    { text: `  ${textWidth(profile) > PROFILE_COLS ? profile : padToWidth(profile, PROFILE_COLS)} `, style: role(theme, "text") },
    { text: cleanLine(`${row.provider}/${row.model}`), style: dim },
  ];
  const tokens = `${formatTokens(row.inputTokens)} in  ${formatTokens(row.outputTokens)} out`;
  const cost = moneyOf(row).padStart(9);
  const beside: Span[] = [
    { text: tokens, style: dim },
    { text: ` ${cost}`, style: role(theme, "text") },
  ];
  if (lineWidth(who) + lineWidth(beside) + 2 <= width) return [spread(who, beside, width, {})];
  const money: Span = { text: ` ${cost.trimStart()}`, style: role(theme, "text") };
  return [besideMoney(who, money, width), [{ text: `    ${tokens}`, style: dim }]];
}

/** Words may be cut; a sum may not. */
function besideMoney(words: readonly Span[], money: Span, width: number): Line {
  return spread(cutLine(words, Math.max(0, width - lineWidth([money]) - 1)), [money], width, {});
}
