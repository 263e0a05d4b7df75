// The files of this repository and their imports, for tests about the code itself.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Neither made by a tool nor anybody's own. */
const foreign = new Set(["node_modules", "dist", ".git", "cache"]);

/** All files below `dir` (of the repository where left out), as paths from the repository. */
export function filesBelow(dir = "."): string[] {
  return readdirSync(join(repositoryDir, dir), { withFileTypes: true }).flatMap((entry) => {
    if (foreign.has(entry.name)) return [];
    const path = relative(repositoryDir, join(repositoryDir, dir, entry.name));
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

export function readText(path: string): string {
  return readFileSync(join(repositoryDir, path), "utf8");
}

/** The rows of the first Markdown table whose first head is `head`. */
export function tableRows(markdown: string, head: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (start < 0 || !line.startsWith("|")) break;
    rows.push(
      line
        .replace(/^\||\|\s*$/g, "")
        .split("|")
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}
