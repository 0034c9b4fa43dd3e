import type { Server } from "node:http";

/** Listens on a free port of 127.0.0.1, and says so on stdout once requests can be answered. */
export function listen(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address && typeof address === "object")
      process.stdout.write(`http://127.0.0.1:${address.port}/graphql\n`);
  });
}
