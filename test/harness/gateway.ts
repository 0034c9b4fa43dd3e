import type { FormattedExecutionResult } from "graphql";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway.ts";
import { eventually } from "./eventually.ts";
import type { RabbitMq } from "./rabbitmq/rabbitmq.ts";
import { sharedRabbitMq } from "./rabbitmq/shared.ts";
import { createVirtualHost } from "./rabbitmq/virtual-host.ts";

/** The brokers that a gateway can be had on. */
export const BROKERS = ["embedded", "rabbitmq"] as const;
export type BrokerName = (typeof BROKERS)[number];

export interface GatewaySetup extends GatewayOptions {
  /** `rabbitmq`: in a virtual host of the gateway's own, unless `amqpUrl` says which. */
  readonly broker: BrokerName;
  /** False: resolves as soon as the gateway listens, whether or not there is a broker. Default: true. */
  readonly untilReady?: boolean;
}

export interface TestGateway {
  readonly gateway: Gateway;
  /** Where it listens, without a path. */
  readonly url: string;
  /** The GraphQL endpoint, for HTTP and SSE. */
  readonly graphqlUrl: string;
  /** The GraphQL endpoint, for WebSocket. */
  readonly wsUrl: string;
  /** The virtual host that was made for it, where one was. */
  readonly rabbitMq: RabbitMq | undefined;
  /** Executes over HTTP, whatever the outcome. */
  graphql(query: string, variables?: Record<string, unknown>): Promise<FormattedExecutionResult>;
  /** Closes the gateway and removes its virtual host. Idempotent. */
  close(): Promise<void>;
}

/** A gateway on a free port of 127.0.0.1, connected to its broker. */
export async function startGateway(setup: GatewaySetup): Promise<TestGateway> {
  const { broker, untilReady = true, ...options } = setup;
  const virtualHost =
    broker === "rabbitmq" && options.amqpUrl === undefined
      ? await createVirtualHost(sharedRabbitMq())
      : undefined;
  const gateway = createGateway({
    logLevel: "silent",
    ...(virtualHost && { amqpUrl: virtualHost.amqpUrl }),
    ...options,
    port: 0,
  });
  const { url } = await gateway.listen();
  const graphqlUrl = `${url}/graphql`;
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    await gateway.close();
    await virtualHost?.dispose();
  }

  const started: TestGateway = {
    gateway,
    url,
    graphqlUrl,
    wsUrl: graphqlUrl.replace("http", "ws"),
    rabbitMq: virtualHost,
    graphql: (query, variables = {}) => executeOverHttp(graphqlUrl, query, variables),
    close: () => (closed ??= close()),
  };
  if (untilReady) await ready(started);
  return started;
}

/** Resolves when messages can be published. Rejects with what /readyz says if that takes over 10 s. */
export async function ready({ url }: Pick<TestGateway, "url">): Promise<void> {
  await eventually(
    async () => {
      // Left open, the connection would be one more that the gateway holds for a minute.
      const response = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
      if (response.status !== 200) throw new Error(await response.text());
    },
    { timeoutMs: 10_000 },
  );
}

/** One operation by a plain POST, whatever the outcome. */
export async function executeOverHttp(
  url: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<FormattedExecutionResult> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as FormattedExecutionResult;
}
