import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AnsweredHosts } from "./answered-hosts.ts";
import { refuse } from "./refuse.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";

export interface RequestHandler {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Hands over what comes to `server` by a name that it answers to, and refuses the rest. `server` listens already. */
export function serveByName(
  server: Server,
  allowedHosts: readonly string[],
  handler: RequestHandler,
): void {
  const hosts = new AnsweredHosts((server.address() as AddressInfo).address, allowedHosts);
  server.on("request", (request, response) => {
    if (hosts.include(request)) handler.handleRequest(request, response);
    else refuse(response, 403, "FORBIDDEN", notAnswered(request));
  });
  server.on("upgrade", (request, socket, head) => {
    if (hosts.include(request)) handler.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, 403);
  });
}

function notAnswered({ headers }: IncomingMessage): string {
  return (
    `The gateway does not answer to the host ${JSON.stringify(headers.host ?? "")}; ` +
    "its operator can list it (--allowed-hosts)"
  );
}
