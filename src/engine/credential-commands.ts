// What the commands about keys and accounts do. The secret goes through to the port, and into no fact.

import type { CommandOf } from "../domain/protocol.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

export async function addCredential(engine: WorkspaceEngine, command: CommandOf<"credential.add">): Promise<CommandResult> {
  const { credentials } = engine.options.ports;
  const { provider, secret, isUntested = false, id, baseUrl } = command;
  const own = { ...(id === undefined ? {} : { id }), ...(baseUrl === undefined ? {} : { baseUrl }) };
  const added = await credentials.add({ provider, secret, isUntested, isOffline: engine.workspace.isOffline, ...own });
  return added.ok ? done(engine.workspace.seq, added.profile) : refuse(added.reason);
}

export async function signIn(engine: WorkspaceEngine, { provider }: CommandOf<"account.signIn">): Promise<CommandResult> {
  const begun = await engine.options.ports.credentials.signIn(provider, engine.workspace.isOffline);
  return begun.ok ? done(engine.workspace.seq, begun.url) : refuse(begun.reason);
}

export async function signedIn(engine: WorkspaceEngine, { provider }: CommandOf<"account.signedIn">): Promise<CommandResult> {
  const ended = await engine.options.ports.credentials.signedIn(provider);
  return ended.ok ? done(engine.workspace.seq, ended.origin) : refuse(ended.reason);
}

export async function signOut(engine: WorkspaceEngine, { provider }: CommandOf<"account.signOut">): Promise<CommandResult> {
  const wasSignedIn = await engine.options.ports.credentials.signOut(provider, engine.workspace.isOffline);
  return wasSignedIn ? done(engine.workspace.seq) : refuse(`nobody is signed in for "${provider}"`);
}

export async function removeCredential(engine: WorkspaceEngine, command: CommandOf<"credential.remove">): Promise<CommandResult> {
  const wasThere = await engine.options.ports.credentials.remove(command.id);
  return wasThere ? done(engine.workspace.seq) : refuse(`the vault has no key "${command.id}"; interpane vault list names them`);
}
