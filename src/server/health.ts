import type { IncomingMessage, ServerResponse } from "node:http";
import type { BrokerStatus } from "../broker/status.ts";

/**
 * `/livez`: the process answers. `/readyz`: messages can be published; otherwise 503, saying why.
 * Returns whether the request was one of these.
 */
export function serveHealth(
  request: IncomingMessage,
  response: ServerResponse,
  state: { broker: BrokerStatus; stopping: boolean },
): boolean {
  const path = request.url?.split("?", 1)[0];
  if (path === "/livez") {
    answer(response, 200, { status: "ok" });
    return true;
  }
  if (path !== "/readyz") return false;
  const { state: connection, reason } = state.broker;
  if (state.stopping)
    answer(response, 503, { status: "unavailable", reason: "The gateway is stopping" });
  else if (connection === "connected") answer(response, 200, { status: "ok" });
  else
    answer(response, 503, {
      status: "unavailable",
      broker: connection,
      reason: reason ?? "Not connected yet",
    });
  return true;
}

function answer(response: ServerResponse, status: number, body: Record<string, string>): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
