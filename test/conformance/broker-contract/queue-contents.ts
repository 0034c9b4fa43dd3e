import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import {
  fieldTable,
  isFieldTable,
  type FieldTable,
  type FieldValue,
} from "../../../src/broker/field-table.ts";
import type { IncomingMessage, MessageProperties } from "../../../src/broker/message.ts";
import type { QueueDelivery, QueueReader, Settlement } from "../../../src/broker/queue-delivery.ts";
import { eventually } from "../../harness/eventually.ts";
import { declaredQueue, message, unique } from "./fixtures.ts";

export const ANYHOW = { ifUnused: false, ifEmpty: false };
const TAKING = { putsBack: false };

/** A queue with these messages in it. */
export async function queueWith(
  adapter: BrokerAdapter,
  bodies: readonly string[],
  queueArguments: Record<string, FieldValue> = {},
): Promise<string> {
  const queue = await declaredQueue(adapter, { arguments: fieldTable(queueArguments) });
  for (const body of bodies) await sent(adapter, queue, body);
  return queue;
}

/** A queue whose dead letters go to a queue of their own. */
export async function queueWithDeadLetters(
  adapter: BrokerAdapter,
  queueArguments: Record<string, FieldValue> = {},
): Promise<{ queue: string; dead: string }> {
  const dead = await declaredQueue(adapter);
  const deadLetters = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead };
  return { queue: await queueWith(adapter, [], { ...deadLetters, ...queueArguments }), dead };
}

export async function sent(
  adapter: BrokerAdapter,
  queue: string,
  body: string,
  properties: Partial<Omit<MessageProperties, "messageId">> = {},
): Promise<void> {
  await adapter.publish({
    ...message("", queue, { body: Buffer.from(body) }),
    properties: { messageId: unique("message"), persistent: false, ...properties },
  });
}

export async function taken(reader: QueueReader, count: number): Promise<QueueDelivery[]> {
  const deliveries: QueueDelivery[] = [];
  while (deliveries.length < count) {
    const next = await reader.next();
    if (!next) throw new Error(`The queue had ${deliveries.length} messages, not ${count}`);
    deliveries.push(next);
  }
  return deliveries;
}

/** Takes all that a queue has: the bodies, with a star where the message is redelivered. */
export async function allIn(adapter: BrokerAdapter, queue: string): Promise<string[]> {
  const reader = await adapter.openReader(queue, TAKING);
  const bodies: string[] = [];
  for (let next = await reader.next(); next; next = await reader.next()) {
    bodies.push(next.message.body.toString() + (next.message.redelivered ? "*" : ""));
    next.settle("ack");
  }
  await reader.close();
  return bodies;
}

/** Rejects everything that a queue has now. */
export async function rejectAll(adapter: BrokerAdapter, queue: string): Promise<void> {
  const reader = await adapter.openReader(queue, TAKING);
  for (let next = await reader.next(); next; next = await reader.next()) next.settle("reject");
  await reader.close();
}

/** The next message that comes to a queue, and is settled. */
export async function arrival(
  adapter: BrokerAdapter,
  queue: string,
  settlement: Settlement = "ack",
): Promise<IncomingMessage> {
  return await eventually(async () => {
    const reader = await adapter.openReader(queue, TAKING);
    const next = await reader.next();
    next?.settle(settlement);
    await reader.close();
    if (!next) throw new Error(`Nothing has come to ${queue}`);
    return next.message;
  });
}

export async function deleted(adapter: BrokerAdapter, ...queues: string[]): Promise<void> {
  for (const queue of queues) await adapter.deleteQueue(queue, ANYHOW);
}

/** The entries of `x-death`, the newest first. */
export function deathsOf({ "x-death": deaths }: FieldTable): FieldTable[] {
  return Array.isArray(deaths) ? deaths.filter(isFieldTable) : [];
}
