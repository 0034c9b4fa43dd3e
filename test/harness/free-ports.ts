import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32768, macOS from 49152):
 * while a broker is down, a client that dials its port could otherwise be given that very port as its
 * own, connect to itself, and keep the broker from coming back.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** So many loopback ports that nobody listens on, each another. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const server = createServer();
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") continue;
      throw error;
    }
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => once(server.close(), "close")));
  return ports;
}
