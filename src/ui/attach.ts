// Images of a message: a chip in the composer, at first pending, then with its size, or its path again where it cannot be sent.

import type { AgentId } from "../domain/ids.ts";
import { IMAGES_MAX, type KeptImage } from "../domain/image.ts";
import { type Composer, composerImages, insertPending, isAwaited, settlePending } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { imagePathsIn, type PastedPath } from "./image-paths.ts";
import { command, purposeOf } from "./purpose.ts";
import { composerOf, focusedAgent, type Ui } from "./view.ts";

/** Asks the server to read the files; each stands in the agent's message meanwhile. */
export function attachFiles(ui: Ui, agent: AgentId, files: readonly PastedPath[]): Effect[] {
  const composer = composerOf(ui, agent);
  const room = IMAGES_MAX - composerImages(composer).length;
  if (files.length > room) ui.view.messages.set(agent, `a message takes at most ${IMAGES_MAX} images`);
  return files.slice(0, Math.max(0, room)).map(({ path, raw }) => {
    ui.view.sendCount += 1;
    const number = ui.view.sendCount;
    insertPending(composer, { number, raw, name: path.split("/").at(-1) ?? path });
    return command({ type: "image.attach", agent, path }, purposeOf("attach", `${agent} ${number}`));
  });
}

/** `/image PATH`: for terminals that type what is dropped on them. */
export function attachNamed(ui: Ui, argument: string): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  const text = argument.trim();
  if (text === "") {
    ui.view.messages.set(agent.id, "say which file: /image PATH; or drop one on the terminal");
    return [];
  }
  return attachFiles(ui, agent.id, imagePathsIn(text) ?? [{ path: text, raw: text }]);
}

/** The server's answer; `id` is the purpose's: agent and number. An image that cannot be sent becomes its path again. */
export function onAttached(ui: Ui, id: string, images: readonly KeptImage[] | null): void {
  const [agent = "", number = ""] = id.split(" ");
  for (const [owner, composer] of ui.view.composers) {
    if (owner === agent) settlePending(composer, Number(number), images?.[0] ?? null);
  }
}

export function isStillReading(composer: Composer): boolean {
  return composer.cells.some(isAwaited);
}
