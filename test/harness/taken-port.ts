import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** A port of 127.0.0.1 that `server` listens on. */
export async function takenPort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return { server, port: address.port };
}
