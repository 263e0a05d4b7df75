// Builds dist/ from src/: bundles it into few files, and makes dist/main.js a program that starts under a fitting Node.
//
// Few, because each file costs Node a third to half a millisecond to find, read and link, whatever it holds: 300 files, a third of
// them zod's and yaml's, were 100 ms of each process's start (docs/performance.md). What is imported lazily stays a file by itself.
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: {
    main: "src/main.ts",
    // Started as a worker and as a process of its own.
    "tokens-worker": "src/host/tokens-worker.ts",
    "aws-chain-program": "src/host/aws-chain-program.ts",
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // Native code, WebAssembly, what finds files at run time, what is loaded late and asks for its parts by name; and large JSON,
  // which JSON.parse reads faster than a JavaScript file. term.js and pty.js are of widgets of blessed's that nobody uses.
  external: ["node-pty", "tiktoken", "@aws-crypto/*", "@aws-sdk/*", "@smithy/*", "term.js", "pty.js", "./models.data.json"],
  // CommonJS within the bundle (yaml) asks for Node's modules with require.
  banner: { js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);' },
  logLevel: "warning",
});
copyFileSync(join(root, "src/catalog/models.data.json"), join(dist, "models.data.json"));

// Read by sh first, by Node second: sh starts the Node that was installed beside the program where there is one, so that the
// system's own may be older; for Node the second line is a comment behind an expression.
const main = join(dist, "main.js");
const header = [
  "#!/bin/sh",
  `":" //; p=$(readlink -f -- "$0"); n=\${p%/dist/*}/node_modules/node/bin/node; [ -x "$n" ] || n=node; exec "$n" "$p" "$@"`,
].join("\n");
writeFileSync(main, `${header}\n${readFileSync(main, "utf8").replace(/^#!.*\n/, "")}`);
chmodSync(main, 0o755);
