import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "../telemetry/metrics.ts";

/** `/metrics`, in Prometheus's text format. Returns whether the request was for it. */
export function serveMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
): boolean {
  if (request.url?.split("?", 1)[0] !== "/metrics") return false;
  metrics.text().then(
    (text) => {
      response.writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store" });
      response.end(text);
    },
    () => {
      response.writeHead(500);
      response.end();
    },
  );
  return true;
}
