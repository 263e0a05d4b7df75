// One row of a list that filters: what is matched, what is shown, what choosing it means.

export interface ListRow {
  readonly id: string;
  /** What the filter is matched with. */
  readonly search: string;
  readonly text: string;
  /** Set at the right edge; dropped where there is no room. */
  readonly right: string;
  /** Why it cannot be taken, or more about it; shown under the list while the row is chosen. */
  readonly note: string | null;
  readonly isMarked: boolean;
  readonly isDisabled: boolean;
}
