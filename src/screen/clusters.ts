// Text into what fills cells: grapheme clusters with their widths; the common characters without asking the segmenter.

let segmenter: Intl.Segmenter | undefined;

/**
 * Calls `place` for each cluster with its cells (1 or 2) until it returns false. Clusters of no width are left out: they would move nothing.
 */
export function splitClusters(text: string, widthOf: (cluster: string) => number, place: (cluster: string, cells: 1 | 2) => boolean): void {
  if (isSimple(text)) {
    for (let i = 0; i < text.length; i += 1) {
      if (!place(text.charAt(i), simpleWidth(text.charCodeAt(i)) === 2 ? 2 : 1)) return;
    }
    return;
  }
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) {
    const cells = widthOf(segment);
    if (cells <= 0) continue;
    if (!place(segment, cells >= 2 ? 2 : 1)) return;
  }
}

function isSimple(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (simpleWidth(text.charCodeAt(i)) === 0) return false;
  }
  return true;
}

/** Width of a code unit that is a cluster by itself beside any other of these; 0: ask. */
function simpleWidth(unit: number): 0 | 1 | 2 {
  if (unit < 0x7f) return unit >= 0x20 ? 1 : 0;
  if (unit < 0x300) return unit > 0xa0 && unit !== 0xad && unit !== 0xa9 && unit !== 0xae ? 1 : 0;
  if (unit >= 0x2500 && unit <= 0x25a9) return 1;
  if (unit >= 0x4e00 && unit <= 0x9fff) return 2;
  // Quotes, dashes, dots, arrows of one direction, shapes and marks that our own chrome uses.
  return (unit >= 0x2010 && unit <= 0x2027) ||
    (unit >= 0x2190 && unit <= 0x2193) ||
    unit === 0x25cf ||
    unit === 0x25cb ||
    unit === 0x25c6 ||
    unit === 0x25cc ||
    unit === 0x25b8 ||
    unit === 0x25be ||
    unit === 0x2713 ||
    unit === 0x2717 ||
    unit === 0x203a ||
    unit === 0x2212
    ? 1
    : 0;
}
