// Code in colours. highlight.js is loaded once, after the first frame; until then, and for what it does not know, code is plain.

import { own } from "../domain/own.ts";
import type { Span, Style } from "./frame-types.ts";
import { type Role, role, type Theme } from "./theme.ts";

/** What is used of highlight.js. Its own types would bring the whole DOM into this pure room, so its name is not a literal below. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  getLanguage(name: string): unknown;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { readonly value: string };
}

const library: string = "highlight.js/lib/core";
const languagesFolder: string = "highlight.js/lib/languages/";
const languages = [
  "bash",
  "c",
  "cpp",
  "csharp",
  "css",
  "diff",
  "dockerfile",
  "go",
  "ini",
  "java",
  "javascript",
  "json",
  "kotlin",
  "lua",
  "makefile",
  "markdown",
  "perl",
  "php",
  "python",
  "r",
  "ruby",
  "rust",
  "shell",
  "sql",
  "swift",
  "typescript",
  "xml",
  "yaml",
] as const;

/** Names that models and fences use and highlight.js does not. */
const aliases: Readonly<Record<string, string>> = {
  shell: "bash",
  node: "javascript",
  python3: "python",
  svg: "xml",
  vue: "xml",
  fish: "bash",
};

let highlighter: Highlighter | null = null;
let loading: Promise<void> | null = null;

/** Loads once, about 30 ms. Rejects only where the package is damaged; code then stays plain. */
export function loadHighlighter(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const core: Highlighter = (await import(library)).default;
  for (const name of languages) core.registerLanguage(name, (await import(`${languagesFolder}${name}`)).default);
  highlighter = core;
}

export function isHighlighterLoaded(): boolean {
  return highlighter !== null;
}

/** Beyond these the regular expressions cost more than colours are worth. */
const CODE_MAX = 60_000;
const LINE_MAX = 600;

/** Spans of each line of `code`, which must be clean. Their texts joined are the code itself. */
export function highlightCode(code: string, language: string, theme: Theme, over?: Style): Span[][] {
  const lines = code.split("\n");
  const plain = role(theme, "code", over);
  const html = toHtml(code, lines, language);
  if (html === null) return lines.map((text) => (text === "" ? [] : [{ text, style: plain }]));
  return parseHtml(html, theme, over);
}

function toHtml(code: string, lines: readonly string[], language: string): string | null {
  if (highlighter === null || code.length > CODE_MAX || lines.some((line) => line.length > LINE_MAX)) return null;
  const wanted = language.toLowerCase();
  const name = own(aliases, wanted) ?? wanted;
  if (name === "" || highlighter.getLanguage(name) === undefined) return null;
  return highlighter.highlight(code, { language: name, ignoreIllegals: true }).value;
}

const scopeRoles: Readonly<Record<string, Role>> = {
  keyword: "code.keyword",
  "selector-tag": "code.keyword",
  section: "code.keyword",
  doctag: "code.keyword",
  "template-tag": "code.keyword",
  name: "code.keyword",
  string: "code.string",
  regexp: "code.string",
  char: "code.string",
  symbol: "code.string",
  link: "code.string",
  "selector-id": "code.string",
  addition: "diff.added",
  deletion: "diff.removed",
  number: "code.number",
  literal: "code.number",
  bullet: "code.number",
  comment: "code.comment",
  quote: "code.comment",
  meta: "code.comment",
  title: "code.function",
  built_in: "code.function",
  attr: "code.function",
  attribute: "code.function",
  type: "code.type",
  class: "code.type",
  "selector-class": "code.type",
  operator: "code.operator",
  punctuation: "code.operator",
};

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

/** highlight.js gives nested `<span class="hljs-title function_">`, closings, and five entities; nothing else. */
function parseHtml(html: string, theme: Theme, over: Style | undefined): Span[][] {
  const lines: Span[][] = [[]];
  const styles = styleCache(theme, over);
  const stack: Role[] = ["code"];
  let buffer = "";
  const flush = () => {
    if (buffer !== "") lines.at(-1)?.push({ text: buffer, style: styles(stack.at(-1) ?? "code") });
    buffer = "";
  };
  for (const [token, opened, entity] of html.matchAll(/<span class="hljs-([^"]*)">|<span[^>]*>|<\/span>|&(#?\w+);|\n|[^<&\n]+|[<&]/gu)) {
    if (token === "\n") {
      flush();
      lines.push([]);
    } else if (token === "</span>") {
      flush();
      if (stack.length > 1) stack.pop();
    } else if (token.startsWith("<span")) {
      flush();
      stack.push(scopeRole(opened ?? "") ?? stack.at(-1) ?? "code");
    } else {
      buffer += entity === undefined ? token : (own(entities, entity) ?? token);
    }
  }
  flush();
  return lines;
}

function scopeRole(scope: string): Role | undefined {
  const [first = "", second] = scope.split(" ");
  if (first === "title" && second === "class_") return "code.type";
  if (first === "subst") return "code";
  return own(scopeRoles, first);
}

const laidOver = new WeakMap<Theme, Map<string, Map<Role, Style>>>();

/** The same style object for the same role, so that equal neighbours can be told by identity. */
function styleCache(theme: Theme, over: Style | undefined): (name: Role) => Style {
  if (over === undefined) return (name) => role(theme, name);
  const key = JSON.stringify(over);
  const byOver = laidOver.get(theme) ?? new Map<string, Map<Role, Style>>();
  laidOver.set(theme, byOver);
  const byRole = byOver.get(key) ?? new Map<Role, Style>();
  byOver.set(key, byRole);
  return (name) => {
    let style = byRole.get(name);
    if (style === undefined) {
      style = role(theme, name, over);
      byRole.set(name, style);
    }
    return style;
  };
}
