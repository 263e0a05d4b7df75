// Shows a file on the user's desktop, where there is one.

import { runClosedChild } from "./closed-child.ts";
import { programOnPath } from "./terminal-program.ts";

const OPEN_TIMEOUT_MS = 5000;

type Env = Readonly<Record<string, string>>;

/** The program that opens files, or null: no desktop, or none that `env` leads to. */
export function desktopOpener(env: Env, platform: NodeJS.Platform = process.platform): string | null {
  const path = `${env["PATH"] ?? ""}:/usr/bin:/bin`;
  if (platform === "darwin") return programOnPath("open", path);
  const hasDesktop = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
  return hasDesktop ? programOnPath("xdg-open", path) : null;
}

/** False where there is no desktop. */
export async function openOnDesktop(file: string, env: Env): Promise<boolean> {
  const opener = desktopOpener(env);
  if (opener === null) return false;
  // In a session of its own, since a browser that it starts may be the same process, and must outlive this one.
  const apart = programOnPath("setsid", `${env["PATH"] ?? ""}:/usr/bin:/bin`);
  const argv = [...(apart === null ? [] : [apart]), opener, file];
  const script = '"$@" </dev/null >/dev/null 2>&1 &';
  const end = await runClosedChild({ argv: ["/bin/sh", "-c", script, "sh", ...argv], cwd: "/", env, timeoutMs: OPEN_TIMEOUT_MS });
  return end.type === "exited" && end.exitCode === 0;
}
