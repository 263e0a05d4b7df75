// HTTP servers of a test's own, on this machine alone; closed, with what hangs in them, when the file's tests have run.

import http from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

const servers: http.Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

export interface Served {
  readonly origin: string;
  readonly port: number;
  readonly server: http.Server;
}

export async function serveHttp(answer: http.RequestListener, host = "127.0.0.1"): Promise<Served> {
  const server = http.createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, port, server };
}
