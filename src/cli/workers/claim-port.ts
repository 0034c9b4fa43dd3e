import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/**
 * Listens for a moment, and resolves with the port: what is wrong with host or port is found before
 * there are workers to find it each, and 0 becomes one port for all of them, later ones too.
 * Rejects as node:net does.
 */
export async function claimPort(where: { host: string; port: number }): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  server.listen(where.port, where.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
