// Images of a user's message: taken when they are attached, and refused before anything is sent where the model has no eyes.

import { describeImage, type KeptImage } from "../domain/image.ts";
import type { Profile } from "../domain/profile.ts";
import type { CommandOf } from "../domain/protocol.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

/** Now and not when the message is sent: what terminals paste on drag and drop may be gone by then. */
export async function attachImage(engine: WorkspaceEngine, command: CommandOf<"image.attach">): Promise<CommandResult> {
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined) return refuse("that agent is closed");
  const taken = await engine.options.ports.images.take(agent.session, command.path, agent.cwd);
  if (!taken.ok) return refuse(taken.problem);
  const note = agent.profile.takesImages ? undefined : `${noEyes(agent.profile)}; the image cannot be sent to it`;
  return { ...done(engine.workspace.seq, note), images: [taken.image] };
}

/** One message may go to several agents: what another one of the workspace was given comes along. Null where nothing is missing. */
export function bringImages(engine: WorkspaceEngine, command: CommandOf<"prompt.send">): Promise<void> | null {
  const { images } = engine.options.ports;
  const session = findAgent(engine.workspace, command.agent)?.session;
  if (session === undefined) return null;
  const missing = (command.images ?? []).filter((image) => !images.has(session, image));
  const copies = missing.flatMap((image) => {
    const holder = engine.workspace.agents.find((agent) => images.has(agent.session, image));
    return holder === undefined ? [] : [images.copy(holder.session, session, [image])];
  });
  // What could not be brought is missed, and said, when the message is sent.
  return copies.length === 0 ? null : Promise.allSettled(copies).then(() => {});
}

/** Why these images cannot go with a message; null where they can. */
export function imagesProblem(engine: WorkspaceEngine, agent: Agent, profile: Profile, images: readonly KeptImage[]): string | null {
  if (images.length === 0) return null;
  if (!profile.takesImages) {
    const what = images.length === 1 ? "take the image out" : "take the images out";
    return `not sent: ${noEyes(profile)}; ${what}, or use another profile`;
  }
  const lost = images.find((image) => !engine.options.ports.images.has(agent.session, image));
  return lost === undefined ? null : `not sent: ${describeImage(lost)} is no longer kept; attach it again from ${lost.path}`;
}

function noEyes(profile: Profile): string {
  return `${profile.providerName}'s ${profile.model} takes no images, as far as is known ("images: true" in its profile says otherwise)`;
}
