// Builds dist/ from src/: bundles it into few files, and makes dist/main.js a program that starts under a fitting Node.
//
// Few, because each file costs Node a third to half a millisecond to find, read and link, whatever it holds: 300 files, a third of
// them zod's and yaml's, were 100 ms of each process's start (docs/performance.md). What is imported lazily stays a file by itself.
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });

/**
 * What starts are made of, each in one file with all that it needs, loaded by `src/load-program.ts`: what its sources export,
 * and the programs that it loads late.
 */
const programs = {
  openai: { exports: { "src/wire/openai-client.ts": ["postOpenAi"] }, loads: [] },
  anthropic: { exports: { "src/wire/anthropic-client.ts": ["postAnthropic"] }, loads: [] },
  server: { exports: { "src/server/server.ts": ["runServer"] }, loads: ["openai", "anthropic"] },
  screen: {
    exports: { "src/cli/open-screen.ts": ["openScreenHere", "terminalProblem"], "src/host/config.ts": ["readConfig"] },
    loads: [],
  },
  exec: { exports: { "src/cli/exec.ts": ["runExec"] }, loads: [] },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node24",
  // Native code, WebAssembly, what finds files at run time, what is loaded late and asks for its parts by name. term.js and pty.js
  // are of widgets of blessed's that nobody uses.
  external: ["node-pty", "tiktoken", "@aws-crypto/*", "@aws-sdk/*", "@smithy/*", "term.js", "pty.js"],
  logLevel: "warning",
};

/** By program: the modules that stand in the place of its sources where others import them. */
const stubs = {};
mkdirSync(dist);
for (const [name, { exports, loads }] of Object.entries(programs)) {
  const { outputFiles, metafile } = await build({
    ...common,
    stdin: {
      contents: Object.keys(exports)
        .map((path) => `export * from "./${path}";`)
        .join("\n"),
      resolveDir: root,
    },
    write: false,
    metafile: true,
    format: "cjs",
    minifyWhitespace: true,
    // Node shows the line in which a program failed.
    lineLimit: 160,
    define: { "import.meta.url": "moduleUrl" },
    // A script may not import: what is loaded late is required.
    supported: { "dynamic-import": false },
    plugins: [withStubs(loads)],
  });
  const [brought] = Object.values(metafile.outputs);
  const languages = Object.keys(brought.inputs).filter((path) => /zod\/v4\/locales\/(?!en\.|index\.)/.test(path));
  if (languages.length > 0) throw new Error(`${name} brings all of zod: import it as { z } alone, of which this file makes a namespace`);
  // ASCII, which V8 holds in half the memory. Only regular expressions still have other characters.
  const ascii = outputFiles[0].text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const text = `(function (exports, require, module, moduleUrl) {${ascii}})`;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 32);
  const file = `${name}-${digest.slice(0, 8)}.cjs`;
  writeFileSync(join(dist, file), text);
  stubs[name] = Object.entries(exports).map(([path, names]) => [
    join(root, path),
    `import { loadProgram } from "./load-program.ts";
     export const { ${names.join(", ")} } = loadProgram(new URL("./${file}", import.meta.url), "${digest}");`,
  ]);
}

await build({
  ...common,
  entryPoints: {
    main: "src/main.ts",
    // Started as a worker and as a process of its own.
    "tokens-worker": "src/host/tokens-worker.ts",
    "screen-worker": "src/host/screen-worker.ts",
    "aws-chain-program": "src/host/aws-chain-program.ts",
  },
  outdir: dist,
  splitting: true,
  format: "esm",
  // CommonJS within the bundle (yaml) asks for Node's modules with require.
  banner: { js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);' },
  plugins: [withStubs(["server", "screen", "exec"])],
});

function withStubs(names) {
  const contentsByPath = new Map(names.flatMap((name) => stubs[name]));
  return {
    name: "stubs",
    setup(building) {
      building.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const stub = contentsByPath.get(path);
        if (stub !== undefined) return { contents: stub, loader: "js", resolveDir: join(root, "src") };
        // `z` is a value to esbuild, with all of zod in it; a namespace brings what is used, 400 KB less of each program.
        const text = readFileSync(path, "utf8");
        return { contents: text.replace('import { z } from "zod";', 'import * as z from "zod";'), loader: "ts" };
      });
    },
  };
}

copyFileSync(join(root, "src/catalog/models.data.json"), join(dist, "models.data.json"));

// Read by sh first, by Node second: sh starts the Node that was installed beside the program where there is one, so that the
// system's own may be older; for Node the second line is a comment behind an expression. Why its collector is given more room: main.ts.
const main = join(dist, "main.js");
const header = [
  "#!/bin/sh",
  `":" //; p=$(readlink -f -- "$0"); n=\${p%/dist/*}/node_modules/node/bin/node; [ -x "$n" ] || n=node; exec "$n" --min-semi-space-size=16 "$p" "$@"`,
].join("\n");
writeFileSync(main, `${header}\n${readFileSync(main, "utf8").replace(/^#!.*\n/, "")}`);
chmodSync(main, 0o755);
