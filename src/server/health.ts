import type { IncomingMessage, ServerResponse } from "node:http";
import type { BrokerStatus, ConnectionStatus } from "../broker/status.ts";

/** How the gateway is, as far as others can see it. */
export interface Health {
  readonly broker: BrokerStatus;
  readonly connections: readonly ConnectionStatus[];
  /** Taps whose subscribers may be missing messages at this moment. */
  readonly interruptedTaps: number;
  readonly stopping: boolean;
}

/**
 * `/livez`: the process answers. `/readyz`: messages can be published; otherwise 503, saying why, and how
 * each connection is. Returns whether the request was one of these; most are not, and `ask` nobody.
 */
export function serveHealth(
  request: IncomingMessage,
  response: ServerResponse,
  ask: () => Health,
): boolean {
  const path = request.url?.split("?", 1)[0];
  if (path === "/livez") {
    answer(response, 200, { status: "ok" });
    return true;
  }
  if (path !== "/readyz") return false;
  const health = ask();
  const { state, reason } = health.broker;
  if (health.stopping)
    answer(response, 503, { status: "unavailable", reason: "The gateway is stopping" });
  else if (state === "connected") answer(response, 200, { status: "ok", ...tapTrouble(health) });
  else
    answer(response, 503, {
      status: "unavailable",
      broker: state,
      reason: reason ?? "Not connected yet",
      ...tapTrouble(health),
      connections: health.connections.map((connection) => ({
        name: connection.name,
        state: connection.state,
        since: connection.since,
        ...(connection.reason !== undefined && { reason: connection.reason }),
      })),
    });
  return true;
}

function tapTrouble({ interruptedTaps }: Health): { interruptedTaps?: number } {
  return interruptedTaps > 0 ? { interruptedTaps } : {};
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
