// Themes: files with named roles, clear errors, and every depth a terminal may have.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PALETTE, RGB } from "../../src/domain/cells.ts";
import { fallbackTheme, parseTheme, role, roleNames, type Theme, toDepth } from "../../src/ui/theme.ts";

const folder = new URL("../../themes/", import.meta.url);

function bundled(name: string): Theme {
  const parsed = parseTheme(JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")), name);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problem);
  return parsed.theme;
}

function problem(json: unknown): string {
  const parsed = parseTheme(json, "mine");
  assert.ok(!parsed.ok);
  return parsed.problem;
}

/** WCAG 2.1 relative luminance contrast. */
function contrast(a: number, b: number): number {
  const luminance = (color: number) => {
    const [r = 0, g = 0, bl = 0] = [16, 8, 0].map((shift) => {
      const part = ((color >> shift) & 255) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test("every bundled theme is read without a problem", () => {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/u, ""));
  assert.deepEqual(names.sort(), ["dark", "high-contrast", "light", "sixteen"]);
  for (const name of names) assert.deepEqual(Object.keys(bundled(name).roles).sort(), [...roleNames].sort());
});

test("the theme without a file is the one in themes/sixteen.json", () => {
  assert.deepEqual(bundled("sixteen"), fallbackTheme);
});

test("text of the bundled themes can be read on its ground", () => {
  const words = [
    "text",
    "dim",
    "user",
    "accent",
    "danger",
    "ok",
    "warn",
    "code.comment",
    "code.string",
    "code.inline",
    "link",
    "notice",
  ] as const;
  for (const [name, ground, least] of [
    ["dark", 0x1e1e1e, 4.5],
    ["light", 0xffffff, 4.5],
    ["high-contrast", 0x000000, 7],
  ] as const) {
    const theme = bundled(name);
    for (const word of words) {
      const fg = role(theme, word).fg ?? 0;
      assert.ok(contrast(fg & 0xffffff, ground) >= least, `${name} ${word}: ${contrast(fg & 0xffffff, ground).toFixed(2)}`);
    }
    for (const name of ["diff.added", "diff.removed", "status.needs", "badge", "selection"] as const) {
      const { fg = 0, bg = 0 } = role(theme, name);
      assert.ok(contrast(fg & 0xffffff, bg & 0xffffff) >= least, `${theme.name} ${name}`);
    }
  }
});

test("a role that is left out falls back to its parent", () => {
  const parsed = parseTheme({ kind: "dark", roles: { danger: "#ff0000", dim: "palette:8" } }, "mine");
  assert.ok(parsed.ok);
  assert.deepEqual(role(parsed.theme, "status.failed"), { fg: RGB | 0xff0000 });
  assert.deepEqual(role(parsed.theme, "tableBorder"), { fg: PALETTE | 8 });
  assert.deepEqual(role(parsed.theme, "text", { bold: true }), { bold: true });
});

test("what is wrong in a theme is named with what to write instead", () => {
  assert.equal(problem({ kind: "dark", roles: { acent: "#ffffff" } }), 'theme "mine": there is no role "acent"; the nearest is "accent"');
  assert.match(problem({ kind: "dark", roles: { text: "bleu" } }), /roles\.text\.fg is "bleu"; write "#rrggbb"/u);
  assert.match(problem({ kind: "dark", roles: { text: "palette:256" } }), /palette:255/u);
  assert.match(problem({ kind: "dark", colors: { ink: "#12" }, roles: {} }), /colors\.ink is "#12"/u);
  assert.match(problem({ kind: "night", roles: {} }), /kind must be "dark" or "light"/u);
  assert.match(problem({ kind: "dark", roles: { text: 3 } }), /roles\.text must be a colour/u);
  assert.match(problem({ kind: "dark", roles: {}, color: {} }), /there is no "color"/u);
  for (const json of [null, 3, "x", [], undefined]) assert.match(problem(json), /one JSON object/u);
  assert.equal(parseTheme({ kind: "dark", roles: { __proto__: "#000000" } }, "mine").ok, true);
});

test("each depth holds only colours that it can show", () => {
  for (const name of ["dark", "light", "high-contrast", "sixteen"]) {
    for (const style of Object.values(toDepth(bundled(name), 256).roles)) {
      for (const color of [style.fg ?? 0, style.bg ?? 0]) assert.ok(color === 0 || color >>> 24 === 1, String(color));
    }
    for (const style of Object.values(toDepth(bundled(name), 16).roles)) {
      for (const color of [style.fg ?? 0, style.bg ?? 0])
        assert.ok(color === 0 || (color >>> 24 === 1 && (color & 0xffffff) < 16), String(color));
    }
    for (const style of Object.values(toDepth(bundled(name), "none").roles)) {
      assert.ok(style.fg === undefined && style.bg === undefined);
    }
  }
});

test("without colour, what needs you and what is selected still stand out", () => {
  const bare = toDepth(bundled("dark"), "none");
  assert.equal(bare.roles["status.needs"].inverse, true);
  assert.equal(bare.roles.selection.inverse, true);
  assert.equal(bare.roles["status.failed"].bold, true);
  assert.equal(bare.roles.dim.dim, true);
  const sixteen = toDepth(bundled("dark"), 16).roles;
  assert.ok(sixteen.selection.inverse === true || sixteen.selection.bg !== undefined);
  assert.ok(sixteen["status.needs"].inverse === true || sixteen["status.needs"].bg !== undefined);
});
