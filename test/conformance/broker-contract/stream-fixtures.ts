import { expect, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { fieldTable, type FieldTable } from "../../../src/broker/field-table.ts";
import type { OutgoingMessage } from "../../../src/broker/message.ts";
import { fingerprint } from "../../../src/broker/message-fingerprint.ts";
import type { StreamEntry, StreamPoint, StreamReader } from "../../../src/broker/stream.ts";
import { coded } from "./coded.ts";
import { message, queueSpec, unique } from "./fixtures.ts";

export const ANYHOW = { ifUnused: false, ifEmpty: false };

/** A test of streams; where the adapter declares that it has none, of its answer to one who reads. */
export function streamTest(
  name: string,
  adapter: () => BrokerAdapter,
  work: (adapter: BrokerAdapter) => Promise<void>,
): void {
  test.for([name])("%s", async () => {
    expect.hasAssertions();
    const hasStreams = adapter().capabilities.queueTypes.includes("stream");
    await (hasStreams ? work(adapter()) : expectNotSupported(adapter()));
  });
}

async function expectNotSupported(adapter: BrokerAdapter): Promise<void> {
  await expect(adapter.openStream(unique("stream"), { at: "first" })).rejects.toEqual(
    coded("NOT_SUPPORTED"),
  );
}

export async function declaredStream(
  adapter: BrokerAdapter,
  streamArguments: FieldTable = fieldTable(),
  name = unique("stream"),
): Promise<string> {
  await adapter.declareQueue(queueSpec(name, { type: "stream", arguments: streamArguments }));
  return name;
}

/** Publishes a message for each text, in their order. */
export async function fill(
  adapter: BrokerAdapter,
  stream: string,
  texts: readonly string[],
  properties: Partial<OutgoingMessage["properties"]> = {},
): Promise<void> {
  const publish = (text: string) => {
    const outgoing = message("", stream, { body: Buffer.from(text) });
    return adapter.publish({ ...outgoing, properties: { ...outgoing.properties, ...properties } });
  };
  await Promise.all(texts.map(publish));
}

export function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => String(from + place));
}

export async function entry(reader: StreamReader): Promise<StreamEntry> {
  const found = await reader.next();
  if (!found) throw new Error("The reader is over");
  return found;
}

/** The bodies of the next messages, which have no gap before them. */
export async function bodies(reader: StreamReader, count: number): Promise<string[]> {
  const read: string[] = [];
  while (read.length < count) {
    const { message: got, gap } = await entry(reader);
    expect(gap).toBeUndefined();
    read.push(String(got.body));
  }
  return read;
}

export function pointOf({ message: at, offset }: StreamEntry): StreamPoint {
  return { offset, fingerprint: fingerprint(at), receivedAt: at.receivedAt };
}
