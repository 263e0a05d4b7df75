// The system's keyring through its own command: stand-ins for `secret-tool` and `security`, found on the PATH.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Keyring, systemKeyring } from "../../src/host/keyring.ts";
import { tempDir } from "./support.ts";

const ENTRY = "0123456789abcdef0123456789abcdef";
const SECRET = "5ec7".repeat(16);
const LONG_MS = 20_000;

/** As the real ones: what they are told on their command line is written down, what they keep lies in a file of each entry. */
const scripts = {
  "secret-tool": `#!/bin/sh
printf '%s\\n' "$*" >> "$STORE/argv"
verb=$1; [ "$verb" = store ] && shift; shift
[ "$1 $2 $3" = "application interpane vault" ] || exit 9
case "$verb" in
  store) cat > "$STORE/$4" ;;
  lookup) cat "$STORE/$4" 2>/dev/null || exit 1 ;;
  clear) rm "$STORE/$4" 2>/dev/null || exit 1 ;;
esac`,
  security: `#!/bin/sh
printf '%s\\n' "$*" >> "$STORE/argv"
case "$1" in
  -i) read -r verb u a an s name w secret; [ "$verb$u$a$an$s$w" = "add-generic-password-U-ainterpane-s-w" ] && printf %s "$secret" > "$STORE/$name"; exit 0 ;;
  find-generic-password) [ "$6" = -w ] || exit 9; cat "$STORE/$5" 2>/dev/null && echo || { echo "security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain." >&2; exit 44; } ;;
  delete-generic-password) rm "$STORE/$5" 2>/dev/null || exit 44 ;;
esac`,
} as const;

function keyringOf(t: TestContext, tool: keyof typeof scripts, script: string = scripts[tool]): { keyring: Keyring; store: string } {
  const dir = tempDir(t);
  const store = join(dir, "store");
  mkdirSync(store);
  writeFileSync(join(dir, tool), script);
  chmodSync(join(dir, tool), 0o755);
  const platform = tool === "security" ? "darwin" : "linux";
  const keyring = systemKeyring({ platform, env: () => ({ PATH: `${dir}:/usr/bin:/bin`, STORE: store }) });
  assert.ok(keyring !== null);
  return { keyring, store };
}

for (const tool of ["secret-tool", "security"] as const) {
  // A Mac has the real one, which is found first.
  const skip = tool === "security" && existsSync("/usr/bin/security");
  test(`${tool} keeps a secret, gives it back and forgets it; the secret stands on no command line`, { skip }, async (t) => {
    const { keyring, store } = keyringOf(t, tool);
    assert.equal((await keyring.lookup(ENTRY, LONG_MS)).ok, false);
    assert.equal(await keyring.store(ENTRY, SECRET, LONG_MS), null);
    assert.deepEqual(await keyring.lookup(ENTRY, LONG_MS), { ok: true, secret: SECRET });
    assert.equal(await keyring.remove(ENTRY, LONG_MS), null);
    assert.equal((await keyring.lookup(ENTRY, LONG_MS)).ok, false);
    assert.equal(await keyring.remove(ENTRY, LONG_MS), null, "what is not there is gone");
    const said = readFileSync(join(store, "argv"), "utf8");
    assert.ok(said.includes(ENTRY) && !said.includes(SECRET));
  });
}

test("a keyring that cannot be reached, prints nothing or never answers is a problem in one sentence, without the secret", async (t) => {
  const absent = keyringOf(
    t,
    "secret-tool",
    '#!/bin/sh\nprintf "secret-tool: Cannot autolaunch D-Bus without X11 \\$DISPLAY\\n" >&2; exit 1',
  );
  assert.match((await absent.keyring.store(ENTRY, SECRET, LONG_MS)) ?? "", /^secret-tool said: secret-tool: Cannot autolaunch D-Bus/);
  const empty = keyringOf(t, "secret-tool", "#!/bin/sh\nexit 0");
  const nothing = await empty.keyring.lookup(ENTRY, LONG_MS);
  assert.ok(!nothing.ok && /found nothing/.test(nothing.problem));
  const slow = keyringOf(t, "secret-tool", "#!/bin/sh\nexec sleep 60");
  const late = await slow.keyring.lookup(ENTRY, 50);
  assert.ok(!late.ok && /did not answer in time/.test(late.problem));
  assert.match((await slow.keyring.remove(ENTRY, 50)) ?? "", /did not answer in time/);
  // It prints the secret where an error is expected.
  const loud = keyringOf(t, "secret-tool", "#!/bin/sh\ncat; exit 1");
  const problem = await loud.keyring.store(ENTRY, SECRET, LONG_MS);
  assert.ok(problem !== null && !problem.includes(SECRET));
});

test("a system without the command has no keyring", () => {
  assert.equal(systemKeyring({ platform: "linux", env: () => ({ PATH: "/nowhere" }) }) === null, !existsSync("/usr/bin/secret-tool"));
});
