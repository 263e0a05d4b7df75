// A socket that somebody else has put there: a client says nothing to it.

import assert from "node:assert/strict";
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connectToServer } from "../../src/client/connect.ts";
import { resolveHome } from "../../src/link/home.ts";
import { socketPathOf } from "../../src/link/socket-path.ts";

const SOMEBODY = 12_345;

interface Plant {
  readonly says: RegExp;
  /** What stands at the run folder before the client comes; `real` holds a socket on which somebody listens. */
  readonly put: (runDir: string, real: string) => void;
}

const ownFolder = (path: string): void => void mkdirSync(path, { recursive: true, mode: 0o700 });
const plants: Record<string, Plant> = {
  "a folder that is a link": { says: /run is a link/, put: (runDir, real) => symlinkSync(real, runDir) },
  "a socket that is a link": {
    says: /server\.sock is a link/,
    put(runDir, real) {
      ownFolder(runDir);
      symlinkSync(socketPathOf(real), socketPathOf(runDir));
    },
  },
  "a folder that others can write": {
    says: /can be written by others/,
    put(runDir, real) {
      ownFolder(runDir);
      symlinkSync(socketPathOf(real), socketPathOf(runDir));
      chmodSync(runDir, 0o777);
    },
  },
};
if (process.getuid?.() === 0) {
  plants["a folder of somebody else's"] = {
    says: /belongs to user 12345/,
    put(runDir, real) {
      ownFolder(runDir);
      symlinkSync(socketPathOf(real), socketPathOf(runDir));
      chownSync(runDir, SOMEBODY, SOMEBODY);
    },
  };
  plants["a link of somebody else's"] = {
    says: /is a link/,
    put(runDir, real) {
      symlinkSync(real, runDir);
      lchownSync(runDir, SOMEBODY, SOMEBODY);
    },
  };
}

for (const [name, { says, put }] of Object.entries(plants)) {
  test(`${name} is refused, and who listens there is told nothing`, async (t) => {
    const base = mkdtempSync(join(tmpdir(), "ipp-"));
    t.after(() => rmSync(base, { recursive: true }));
    const real = join(base, "real");
    ownFolder(real);
    let connections = 0;
    const listener = createServer(() => {
      connections += 1;
    });
    await new Promise<void>((resolve) => listener.listen(socketPathOf(real), resolve));
    t.after(() => listener.close());
    const home = resolveHome({ INTERPANE_HOME: join(base, "home") });
    ownFolder(home.stateDir);
    put(home.runDir, real);
    const env = { OPENAI_API_KEY: "sesame" };
    const connected = await connectToServer({ home, folder: base, env, helloEnv: env, role: "task", program: null });
    assert.ok(!connected.ok && connected.reason === "failed");
    assert.match(connected.message, says);
    assert.equal(connections, 0);
  });
}
