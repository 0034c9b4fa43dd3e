import { benchBody, ROUTING_KEY } from "../wire/bench-message.ts";
import type { PublishAddress } from "../load/publish-clients.ts";
import type { TargetName } from "../run/target.ts";
import { publishBatchOf, publishInput, publishOf } from "../wire/operations.ts";
import { WORK_METRICS, type Metric, type Row, type RoundContext } from "./row.ts";

const METRICS: readonly Metric[] = [
  ...WORK_METRICS,
  { key: "p50Ms", title: "p50 ms", better: "less" },
  { key: "p99Ms", title: "p99 ms", better: "less" },
];

const BODY_BYTES = 200;

interface PublishShape {
  readonly clients: number;
  readonly batch?: number;
  /** Targets that are asked over one WebSocket; the others over HTTP. */
  readonly overWebSocket?: readonly TargetName[];
  readonly reference?: TargetName;
}

/** Clients that publish and await the broker's confirm, each one request at a time. */
export function publishRow(
  { clients, batch = 1, overWebSocket = [], reference = "bare" }: PublishShape,
  row: Pick<Row, "name" | "title" | "targets" | "context" | "goals" | "short">,
): Row {
  return {
    ...row,
    reference,
    metrics: METRICS,
    async measure({ load, target, broker, exchange, warmUpMs, measureMs }) {
      const input = publishInput(exchange, ROUTING_KEY, benchBody(BODY_BYTES, 0));
      const request =
        batch === 1 ? publishOf(input) : publishBatchOf(Array.from({ length: batch }, () => input));
      const overHttp = !overWebSocket.includes(target.name);
      return {
        ...(await load.run("publishing", {
          amqpUrl: broker.amqpUrl,
          exchange,
          ...(target.name === "management-api"
            ? managementRequest({ target, broker, exchange })
            : {
                address: {
                  transport: overHttp ? "http" : "graphql-transport-ws",
                  port: target.address.port,
                  path: target.address.path,
                  token: target.address.token,
                },
                request,
              }),
          clients,
          messagesPerRequest: batch,
          warmUpMs,
          measureMs,
          pids: target.pids,
        })),
      };
    },
  };
}

function managementRequest({
  target,
  broker,
  exchange,
}: Pick<RoundContext, "target" | "broker" | "exchange">): {
  address: PublishAddress;
  request: object;
} {
  const { username, password } = new URL(broker.managementUrl);
  const credentials = Buffer.from(`${username}:${password}`).toString("base64");
  return {
    address: {
      transport: "http",
      port: target.address.port,
      path: `/api/exchanges/%2F/${exchange}/publish`,
      headers: [`Authorization: Basic ${credentials}`],
    },
    request: {
      properties: {},
      routing_key: ROUTING_KEY,
      payload: benchBody(BODY_BYTES, 0).toString(),
      payload_encoding: "string",
    },
  };
}

const of = "rabbitql";
const metric = "cpuMicroseconds";

export const publish: readonly Row[] = [
  publishRow(
    { clients: 64 },
    {
      name: "publish-http",
      title: "Publish over HTTP, 64 keep-alive clients, 200 B",
      targets: [
        "bare",
        "rabbitql",
        "bare-full",
        "graphql-ws",
        "mercurius",
        "yoga",
        "management-api",
      ],
      context: ["bare-full", "graphql-ws", "yoga", "management-api"],
      goals: [
        { of, against: "bare", metric, atLeast: 0.9 },
        { of, against: "mercurius", metric, atLeast: 1.3 },
      ],
      short: true,
    },
  ),
  publishRow(
    { clients: 64, overWebSocket: ["rabbitql", "graphql-ws", "mercurius"] },
    {
      name: "publish-websocket",
      title: "Publish over one WebSocket, 64 mutations at a time, 200 B",
      targets: ["bare", "rabbitql", "graphql-ws", "mercurius"],
      context: ["graphql-ws", "mercurius"],
      goals: [{ of, against: "bare", metric, atLeast: 0.95 }],
      short: true,
    },
  ),
  publishRow(
    { clients: 8, batch: 100 },
    {
      name: "publish-batch",
      title: "publishBatch of 100 over HTTP, 8 keep-alive clients, 200 B",
      targets: ["bare", "rabbitql", "bare-full", "graphql-ws", "mercurius", "yoga"],
      context: ["bare-full", "graphql-ws", "mercurius", "yoga"],
      goals: [{ of, against: "bare", metric, atLeast: 0.9 }],
    },
  ),
];
