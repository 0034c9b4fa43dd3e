import { randomUUID } from "node:crypto";
import type { FormattedExecutionResult } from "graphql";
import type { TestGateway } from "../../../harness/gateway.ts";
import { tapQueuesAmong } from "../../../harness/rabbitmq/tap-queues.ts";
import { topologyOf, type QueueSeen } from "../../../harness/rabbitmq/topology.ts";
import { DECLARE_EXCHANGE, FEED, MESSAGES, PUBLISH } from "./documents.ts";
import type { Operation } from "./operation.ts";
import type { ProtocolSocket } from "./protocol-socket.ts";

/** What users of a gateway do again and again, asked for and expected to succeed. */

export type ExchangeTypeName = "DIRECT" | "FANOUT" | "TOPIC" | "HEADERS";

/** Of TapArguments what GraphQL takes. */
export interface TapVariables {
  readonly exchange: string;
  readonly routingPatterns?: readonly string[];
  readonly headers?: { readonly match?: "ALL" | "ANY"; readonly values: Record<string, unknown> };
}

export type PublishVariables = Record<string, unknown> & { readonly exchange: string };

/** A received message or event, as FEED and MESSAGES ask for it. */
export type Received = Record<string, unknown>;

/** A new exchange. */
export async function declared(
  gateway: TestGateway,
  type: ExchangeTypeName,
  more: Record<string, unknown> = {},
): Promise<string> {
  const name = `${type.toLowerCase()}-${randomUUID()}`;
  dataOf(await gateway.graphql(DECLARE_EXCHANGE, { input: { name, type, ...more } }));
  return name;
}

/** Publishes over HTTP; a body that matters to nobody is made up. */
export async function published(
  gateway: TestGateway,
  input: PublishVariables,
): Promise<Record<string, unknown>> {
  const given = { body: { text: "a message" }, ...input };
  const { publish } = dataOf(await gateway.graphql(PUBLISH, { input: given }));
  return publish as Record<string, unknown>;
}

/** A feed that has said Live. */
export async function liveFeed(
  socket: ProtocolSocket,
  variables: TapVariables,
): Promise<Operation> {
  const feed = socket.subscribe(FEED, { ...variables });
  const { __typename } = eventOf(await feed.next());
  if (__typename !== "Live") throw new Error(`A feed began with ${String(__typename)}`);
  return feed;
}

/**
 * A `messages` subscription that is live. It does not say so itself: a feed with the same arguments,
 * which joins the same tap after it, does.
 */
export async function liveMessages(
  socket: ProtocolSocket,
  variables: TapVariables,
): Promise<Operation> {
  const messages = socket.subscribe(MESSAGES, { ...variables });
  const feed = await liveFeed(socket, variables);
  feed.complete();
  return messages;
}

/** The event or message in a result of FEED or MESSAGES. */
export function eventOf(result: FormattedExecutionResult): Received {
  const [event] = Object.values(dataOf(result));
  return event as Received;
}

export async function nextEvents(operation: Operation, count: number): Promise<Received[]> {
  return (await operation.results.takeMany(count)).map(eventOf);
}

/** What a result says; throws its errors. */
export function dataOf(result: FormattedExecutionResult): Record<string, unknown> {
  if (result.errors || !result.data) throw new Error(JSON.stringify(result.errors));
  return result.data;
}

/** Queues of subscriptions in the gateway's virtual host; none where its broker is the embedded one. */
export async function queuesBehind({ rabbitMq }: TestGateway): Promise<readonly QueueSeen[]> {
  return rabbitMq ? tapQueuesAmong(await topologyOf(rabbitMq).queues()) : [];
}

/** The codes of a result's errors. */
export function codesOf({ errors = [] }: FormattedExecutionResult): unknown[] {
  return errors.map(({ extensions }) => extensions?.["code"]);
}
