// What each client brought of its user's environment: the desktop for agents that may use one, all of it for terminals of the user's own.

import type { Hello } from "../domain/protocol.ts";
import type { DesktopEnv } from "../engine/ports.ts";
import type { ClientId } from "../engine/workspace-engine.ts";
import { desktopOf } from "../host/computer.ts";
import type { Environment } from "./environment.ts";

type Env = Readonly<Record<string, string>>;

export interface ClientEnvs {
  /** A client has come; its number follows. */
  came(hello: Hello): void;
  named(client: ClientId, hello: Hello): void;
  gone(client: ClientId): void;
  /** Null, or a client that has gone: the newest that came. */
  desktop(client: ClientId | null): DesktopEnv;
  /** Nothing but memory ever holds it. Where no client brought one (an older program), what an agent's shell gets. */
  own(client: ClientId | null): Env;
}

interface Brought {
  readonly desktop: DesktopEnv;
  readonly own: Env | null;
}

/** `serverEnv`: of the server itself, which says where its home is. */
export function createClientEnvs(environment: Environment, serverEnv: Readonly<Record<string, string | undefined>>): ClientEnvs {
  const clients = new Map<ClientId, Brought>();
  let newest: Brought = { desktop: {}, own: null };
  const home = serverEnv["INTERPANE_HOME"];
  const here: Env = home === undefined ? {} : { INTERPANE_HOME: home };
  const broughtBy = ({ env, ownEnv }: Hello): Brought => ({ desktop: desktopOf(env), own: ownEnv ?? null });
  const of = (client: ClientId | null): Brought => (client === null ? undefined : clients.get(client)) ?? newest;
  return {
    came(hello) {
      const brought = broughtBy(hello);
      // Whoever only looks at a workspace brings nothing, and takes nothing away.
      const hasEnv = Object.keys(hello.env).length > 0;
      newest = { desktop: hasEnv ? brought.desktop : newest.desktop, own: brought.own ?? newest.own };
      if (brought.own !== null) environment.noteSecrets(brought.own);
    },
    named(client, hello) {
      clients.set(client, broughtBy(hello));
    },
    gone(client) {
      clients.delete(client);
    },
    desktop: (client) => of(client).desktop,
    own(client) {
      const own = of(client).own ?? newest.own;
      return { ...(own === null ? environment.shell() : environment.inTerminal(own)), ...here };
    },
  };
}
