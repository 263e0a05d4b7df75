// Reads one YAML file into a value with the lines of its keys, and writes one. The only file that knows the YAML library.

import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, stringify } from "yaml";

export type YamlSource =
  | { readonly ok: true; readonly value: unknown; readonly lineOf: (path: readonly PropertyKey[]) => number }
  | { readonly ok: false; readonly line: number; readonly problem: string };

/** Plain data only: no tags of other kinds, and few aliases (a small file can otherwise unfold into gigabytes). */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const mistake = document.errors[0] ?? document.warnings[0];
  if (mistake !== undefined) {
    return { ok: false, line: lines.linePos(mistake.pos[0]).line, problem: sayMistake(mistake.code, mistake.message) };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 10 });
  } catch {
    return { ok: false, line: 1, problem: "it refers to itself, or too often to the same part" };
  }
  const lineAt = (node: Node | null): number => {
    const offset = node?.range?.[0];
    return offset === undefined ? 1 : lines.linePos(offset).line;
  };
  return { ok: true, value, lineOf: (path) => lineAt(keyNode(document.contents, path)) };
}

/** The library's message may quote the text, and a key may stand in it: only its kind is told. */
function sayMistake(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "a key stands here a second time";
    case "TAB_AS_INDENT":
      return "a tab is used to indent; use spaces";
    case "BAD_INDENT":
      return "this is indented wrongly";
    case "TAG_RESOLVE_FAILED":
      return "tags (!…) are not allowed";
    default:
      return `this is not YAML (${code.toLowerCase().replaceAll("_", " ")}${message.includes(":") ? "" : `: ${message}`})`;
  }
}

/** The key that `path` names, or the last part of the way to it that exists. */
function keyNode(root: unknown, path: readonly PropertyKey[]): Node | null {
  let found: Node | null = null;
  let at: unknown = root;
  for (const part of path) {
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && item.key.value === part);
      if (pair === undefined) break;
      if (isNode(pair.key)) found = pair.key;
      at = pair.value;
    } else if (isSeq(at) && typeof part === "number") {
      at = at.items[part];
      if (isNode(at)) found = at;
    } else break;
  }
  return found;
}

/** A long text keeps its lines; nothing is folded. */
export function writeYaml(value: object): string {
  return stringify(value, { lineWidth: 0 });
}
