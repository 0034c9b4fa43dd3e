import { derivedBytes, milliseconds, wholeNumber } from "../number-settings.ts";
import { KIB, MIB, SECOND, MINUTE } from "../sizes-and-times.ts";
import {
  derivedToggle,
  file,
  listeningHost,
  hostList,
  originList,
  text,
  toggle,
} from "../text-settings.ts";

export const HTTP_SETTINGS = {
  host: listeningHost({
    description: "Address to listen on",
    variable: "HOST",
    default: "127.0.0.1",
  }),
  port: wholeNumber({
    description: "Port to listen on; 0 takes any that is free",
    variable: "PORT",
    default: 4000,
    min: 0,
    max: 65_535,
  }),
  path: text({
    description: "Path of the GraphQL endpoint, for HTTP, WebSocket and SSE alike",
    default: "/graphql",
    shownDefault: "/graphql",
    pattern: /^(?!\/(?:livez|readyz|metrics)$)\/(?:[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*)?$/,
    expected: "a path without a slash at its end, other than /livez, /readyz and /metrics",
    placeholder: "<path>",
  }),
  graphiql: derivedToggle({
    description: "Serve GraphiQL to browsers at the endpoint",
    default: "false with production",
  }),
  metrics: toggle({
    description: "Serve metrics for Prometheus at /metrics, to whoever reaches the port",
    default: true,
  }),
  policy: file({
    description:
      "File that says what callers may do, in YAML or JSON; read again when it changes. Without it: everything",
  }),
  allowedOrigins: originList({
    description:
      "Origins of web pages that may use the gateway, besides pages of its own host; * is every page",
  }),
  allowedHosts: hostList({
    description:
      "Names that requests may ask for the gateway by (their Host), besides this machine's; * is any",
    shownDefault: "none; any beyond this machine",
  }),
  maxRequestBytes: derivedBytes({
    description: "Largest HTTP request body",
    default: "room for one message in Base64",
    min: 16 * KIB,
    max: 64 * MIB,
  }),
  maxBatchSize: wholeNumber({
    description: "Messages in one publishBatch",
    default: 100,
    min: 1,
    max: 10_000,
  }),
  socketInitTimeoutMs: milliseconds({
    description: "How long a WebSocket may take to send connection_init",
    default: 3 * SECOND,
    min: 100,
    max: MINUTE,
  }),
  socketKeepAliveMs: milliseconds({
    description: "Time between pings on a WebSocket; one that answers none is closed",
    default: 12 * SECOND,
    min: SECOND,
    max: 5 * MINUTE,
  }),
  socketMaxPayloadBytes: derivedBytes({
    description: "Largest WebSocket message from a client; a larger one closes its socket",
    default: "as max-request-bytes",
    min: KIB,
    max: 64 * MIB,
  }),
  maxOperationsPerSocket: wholeNumber({
    description: "Operations running at once on a WebSocket",
    default: 100,
    min: 1,
    max: 10_000,
  }),
  drainTimeoutMs: milliseconds({
    description: "How long running operations may take to finish when the gateway stops",
    default: 25 * SECOND,
    min: 0,
    max: 10 * MINUTE,
  }),
  drainSpreadMs: milliseconds({
    description:
      "Over how long a gateway that stops closes sockets and event streams: 10 ms for each, at most this",
    default: 15 * SECOND,
    min: 0,
    max: 10 * MINUTE,
  }),
};
