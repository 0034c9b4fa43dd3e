import { randomUUID } from "node:crypto";
import type { BrokerAdapter, Tap } from "../../../src/broker/adapter.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { OutgoingMessage } from "../../../src/broker/message.ts";
import type {
  Binding,
  ExchangeSpec,
  ExchangeType,
  QueueSpec,
  TapSpec,
} from "../../../src/broker/topology.ts";
import { TapRecorder } from "./tap-recorder.ts";

/** The broker may be shared with other tests, so every name is used once. */
export function unique(what: string): string {
  return `contract-${what}-${randomUUID()}`;
}

/** Transient, so that a test that fails leaves nothing on the broker's disk. */
export function exchangeSpec(
  name: string,
  type: ExchangeType,
  more: Partial<ExchangeSpec> = {},
): ExchangeSpec {
  return {
    name,
    type,
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: fieldTable(),
    ...more,
  };
}

export function queueSpec(name: string, more: Partial<QueueSpec> = {}): QueueSpec {
  return {
    name,
    type: "classic",
    durable: true,
    autoDelete: false,
    arguments: fieldTable(),
    ...more,
  };
}

export function binding(source: string, destination: string, more: Partial<Binding> = {}): Binding {
  return {
    source,
    destination,
    destinationType: "queue",
    routingKey: "",
    arguments: fieldTable(),
    ...more,
  };
}

export function message(
  exchange: string,
  routingKey: string,
  more: Partial<OutgoingMessage> = {},
): OutgoingMessage {
  return {
    exchange,
    routingKey,
    body: Buffer.from(routingKey),
    headers: fieldTable(),
    properties: { messageId: randomUUID(), persistent: false },
    ...more,
  };
}

export async function declared(
  adapter: BrokerAdapter,
  type: ExchangeType,
  more: Partial<ExchangeSpec> = {},
): Promise<string> {
  const name = unique(type);
  await adapter.declareExchange(exchangeSpec(name, type, more));
  return name;
}

export async function declaredQueue(
  adapter: BrokerAdapter,
  more: Partial<QueueSpec> = {},
): Promise<string> {
  const name = unique("queue");
  await adapter.declareQueue(queueSpec(name, more));
  return name;
}

export interface OpenTap {
  readonly tap: Tap;
  readonly recorder: TapRecorder;
}

/** `patterns` in any order; an adapter is given them sorted, each once. */
export async function tapped(
  adapter: BrokerAdapter,
  exchange: string,
  patterns: readonly string[] = ["#"],
  headers?: TapSpec["headers"],
): Promise<OpenTap> {
  const routingPatterns = [...new Set(patterns)].toSorted();
  const recorder = new TapRecorder();
  const tap = await adapter.openTap(
    { exchange, routingPatterns, ...(headers && { headers }) },
    recorder,
  );
  return { tap, recorder };
}

/** Ready messages, as the broker counts them at a declaration. */
export async function readyIn(
  adapter: BrokerAdapter,
  queue: string,
  more: Partial<QueueSpec> = {},
): Promise<number> {
  const { messagesReady } = await adapter.declareQueue(queueSpec(queue, more));
  return messagesReady;
}
