// Who may be served: checked before a workspace is opened for anybody.

import { isAbsolute } from "node:path";
import { type Hello, PROTOCOL_VERSION } from "../domain/protocol.ts";
import { isFolder } from "../host/at-path.ts";

/** Screens and tasks at once. */
const CLIENTS_MAX = 256;
const FOLDER_CHARS_MAX = 4096;

export interface HelloContext {
  /** That are served already. */
  readonly clients: number;
  /** The workspace of this folder is open. */
  readonly isOpen: boolean;
}

/** Why nobody can be served who comes like this; null: all is well. Who asks for `ls` or `kill` may be of any version. */
export function helloProblem({ version, role, folder }: Hello, { clients, isOpen }: HelloContext): string | null {
  if (role !== "query" && version !== PROTOCOL_VERSION)
    return (
      `this server speaks version ${PROTOCOL_VERSION} of the protocol, the client version ${version}; ` +
      "end it when its agents are done, with: interpane kill --all"
    );
  if (!isAbsolute(folder) || folder.length > FOLDER_CHARS_MAX || folder.includes("\0"))
    return "the folder of a workspace must be an absolute path";
  if (role === "query") return null;
  if (!isOpen && !isFolder(folder)) return `${folder} is no folder, or cannot be read`;
  return clients < CLIENTS_MAX ? null : `${CLIENTS_MAX} clients are connected already; close one of them`;
}
