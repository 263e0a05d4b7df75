// Builds dist/ from src/: compiles, and makes dist/main.js a program that starts under a fitting Node.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", root], { stdio: "inherit" });

// Read by sh first, by Node second: sh starts the Node that was installed beside the program where there is one, so that the
// system's own may be older; for Node the second line is a comment behind an expression.
const main = join(root, "dist/main.js");
const header = [
  "#!/bin/sh",
  `":" //; p=$(readlink -f -- "$0"); n=\${p%/dist/*}/node_modules/node/bin/node; [ -x "$n" ] || n=node; exec "$n" "$p" "$@"`,
].join("\n");
writeFileSync(main, `${header}\n${readFileSync(main, "utf8").replace(/^#!.*\n/, "")}`);
chmodSync(main, 0o755);
