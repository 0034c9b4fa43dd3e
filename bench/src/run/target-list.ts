import type { SubscribeAddress } from "../load/subscribers.ts";
import type { BenchBroker } from "./broker.ts";
import { GATEWAY, program } from "./places.ts";
import type { TargetName } from "./target.ts";

/** How a target comes to be. */
export type Origin =
  /** A Node program of the benchmark's own or the gateway, started for it. */
  | {
      readonly kind: "program";
      readonly script: string;
      readonly environment?: NodeJS.ProcessEnv;
      /** Processes behind its port; told where it may run on every core, and not on the target's own alone. */
      readonly workers?: number;
      /** It wants to know who is asking, and has a policy (`secured.ts`). */
      readonly secured?: boolean;
    }
  /** A part of the broker. */
  | { readonly kind: "broker"; readonly port: (broker: BenchBroker) => number | undefined }
  /** Done by the load itself. */
  | { readonly kind: "load" };

export interface TargetDescription {
  readonly title: string;
  readonly transport: SubscribeAddress["transport"];
  readonly path: string;
  readonly origin: Origin;
}

const GRAPHQL = { transport: "graphql-transport-ws", path: "/graphql" } as const;

const gateway = (environment: NodeJS.ProcessEnv = {}): Origin & { kind: "program" } => ({
  kind: "program",
  script: GATEWAY,
  environment: { PORT: "0", RABBITQL_LOG_LEVEL: "warn", ...environment },
});
const workers = (count: number): Origin => ({
  ...gateway({ RABBITQL_WORKERS: String(count) }),
  workers: count,
});
const own = (name: string, environment: NodeJS.ProcessEnv = {}): Origin => ({
  kind: "program",
  script: program(`targets/${name}.js`),
  environment,
});

export const TARGETS: Readonly<Record<TargetName, TargetDescription>> = {
  rabbitql: { ...GRAPHQL, title: "rabbitql", origin: gateway() },
  "rabbitql-sse": {
    title: "rabbitql, SSE",
    transport: "graphql-sse",
    path: "/graphql",
    origin: gateway(),
  },
  "rabbitql-32mib": {
    ...GRAPHQL,
    title: "rabbitql, 32 MiB a subscriber",
    origin: gateway({
      RABBITQL_SUBSCRIBER_MAX_BYTES: "32MiB",
      RABBITQL_SUBSCRIBER_MAX_MESSAGES: "1000000",
    }),
  },
  "rabbitql-beside-stopped": {
    ...GRAPHQL,
    title: "rabbitql, beside a stopped reader",
    origin: gateway(),
  },
  "rabbitql-secured": {
    ...GRAPHQL,
    title: "rabbitql, with authentication and a policy",
    origin: { ...gateway(), secured: true },
  },
  "workers-1": { ...GRAPHQL, title: "rabbitql, 1 process", origin: workers(1) },
  "workers-2": { ...GRAPHQL, title: "rabbitql, 2 workers", origin: workers(2) },
  bare: { ...GRAPHQL, title: "limit: bare program", origin: own("bare") },
  "bare-frame": {
    ...GRAPHQL,
    title: "limit: bare, a write a frame",
    origin: own("bare", { BARE_WRITES: "frame" }),
  },
  "bare-full": {
    ...GRAPHQL,
    title: "limit: bare, with id, timestamp and mandatory",
    origin: own("bare", { BARE_PUBLISH: "full" }),
  },
  "graphql-ws": {
    ...GRAPHQL,
    title: "graphql-ws, shared queue",
    origin: own("stock-graphql-ws"),
  },
  mercurius: { ...GRAPHQL, title: "mercurius, shared queue", origin: own("mercurius") },
  yoga: {
    title: "Yoga, SSE, shared queue",
    transport: "graphql-sse",
    path: "/graphql",
    origin: own("yoga"),
  },
  "web-stomp": {
    title: "RabbitMQ Web-STOMP",
    transport: "web-stomp",
    path: "/ws",
    origin: { kind: "broker", port: ({ own: node }) => node?.webStompPort },
  },
  "management-api": {
    ...GRAPHQL,
    title: "RabbitMQ management HTTP API",
    origin: {
      kind: "broker",
      port: ({ own: node, managementUrl }) => node && Number(new URL(managementUrl).port),
    },
  },
  amqplib: { ...GRAPHQL, title: "limit: amqplib to amqplib", origin: { kind: "load" } },
  "amqplib-patterns": {
    ...GRAPHQL,
    title: "limit: amqplib, a queue a pattern on one channel",
    origin: own("amqp-patterns"),
  },
  "amqplib-work": {
    ...GRAPHQL,
    title: "limit: amqplib",
    origin: own("amqp-work"),
  },
};
