import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  FieldDecimal,
  FieldDouble,
  fieldTable,
  FieldTimestamp,
  type FieldValue,
} from "../../../src/broker/field-table.ts";
import type { IncomingMessage, OutgoingMessage } from "../../../src/broker/message.ts";
import { declared, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

/** What comes back is what was sent, or `received` where that is given. */
const FIELDS: readonly { says: string; sent: FieldValue; received?: FieldValue }[] = [
  { says: "a string", sent: "zażółć 🐇" },
  { says: "an empty string", sent: "" },
  { says: "a long string", sent: "x".repeat(10_000) },
  { says: "zero", sent: 0 },
  { says: "8 bits", sent: -128 },
  { says: "16 bits", sent: 32_767 },
  { says: "32 bits", sent: -2_147_483_648 },
  { says: "53 bits", sent: Number.MAX_SAFE_INTEGER },
  { says: "53 bits below zero", sent: Number.MIN_SAFE_INTEGER },
  { says: "one more than 53 bits", sent: 2n ** 53n + 1n },
  { says: "64 bits", sent: 2n ** 63n - 1n },
  { says: "64 bits below zero", sent: -(2n ** 63n) },
  { says: "a fraction", sent: 0.1 },
  { says: "a double beyond the integers", sent: 1e300 },
  { says: "a double without a fraction, as a number", sent: new FieldDouble(2), received: 2 },
  { says: "a small 64-bit integer, as a number", sent: 5n, received: 5 },
  { says: "true", sent: true },
  { says: "false", sent: false },
  { says: "void", sent: null },
  { says: "every byte", sent: everyByte() },
  { says: "no bytes", sent: new Uint8Array() },
  { says: "a timestamp", sent: new FieldTimestamp(1_700_000_000) },
  { says: "a decimal", sent: new FieldDecimal(31_415, 4) },
  { says: "an empty list", sent: [] },
  { says: "a list", sent: [1, "two", null, true, [3, fieldTable({ four: 4 })]] },
  { says: "an empty table", sent: fieldTable() },
  {
    says: "a table",
    sent: fieldTable({ a: 1, b: fieldTable({ c: [2, fieldTable({ d: "e" })] }), "": "empty key" }),
  },
];

const BODIES: readonly (readonly [says: string, body: Uint8Array])[] = [
  ["every byte", everyByte()],
  ["nothing", new Uint8Array()],
  ["1 MiB", randomBytes(1024 * 1024)],
  ["a part of a larger buffer", Buffer.from("--part--").subarray(2, 6)],
];

export function messageRoundTrip(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  async function received(sent: Partial<OutgoingMessage>): Promise<IncomingMessage> {
    const exchange = await declared(adapter(), "fanout");
    const { tap, recorder } = await tapped(adapter(), exchange);
    await adapter().publish(message(exchange, "key", sent));
    const [first] = await recorder.received(1);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: true });
    if (!first) throw new Error("One message was received");
    return first;
  }

  test.each(FIELDS)("a header: $says", async ({ sent, received: asReceived = sent }) => {
    const { headers } = await received({ headers: fieldTable({ header: sent }) });
    expect(Object.keys(headers)).toEqual(["header"]);
    expect(plain(headers["header"])).toEqual(plain(asReceived));
  });

  test("no headers are an empty table, and no table has a prototype", async () => {
    const none = await received({});
    expect(Object.keys(none.headers)).toEqual([]);
    const { headers } = await received({ headers: fieldTable({ table: fieldTable({ a: 1 }) }) });
    for (const table of [none.headers, headers, headers["table"]])
      expect(Object.getPrototypeOf(table)).toBeNull();
  });

  test("every property, the timestamp to the second", async () => {
    const properties = {
      contentType: "application/json",
      contentEncoding: "gzip",
      persistent: true,
      priority: 9,
      correlationId: "correlation",
      replyTo: "reply",
      expirationMs: 3_600_000,
      messageId: randomUUID(),
      timestamp: new Date("2026-01-02T03:04:05.678Z"),
      type: "type",
      userId: adapter().user,
      appId: "zażółć",
    };
    const { properties: back } = await received({ properties });
    expect(back).toEqual({ ...properties, timestamp: new Date("2026-01-02T03:04:05.000Z") });
  });

  test("properties that were not given are absent", async () => {
    const messageId = randomUUID();
    const { properties } = await received({ properties: { messageId, persistent: false } });
    expect(properties).toEqual({ messageId, persistent: false });
  });

  test.each([0, 255])("a priority of %i", async (priority) => {
    const { properties } = await received({
      properties: { messageId: randomUUID(), persistent: false, priority },
    });
    expect(properties.priority).toBe(priority);
  });

  test.each(BODIES)("a body of %s", async (_, body) => {
    const { body: back } = await received({ body });
    expect(Buffer.isBuffer(back)).toBe(true);
    expect(back.equals(body)).toBe(true);
  });

  test("the exchange, the key, and when it came", async () => {
    const before = Date.now();
    const { exchange, routingKey, redelivered, receivedAt } = await received({
      routingKey: "k".repeat(255),
    });
    expect(exchange).toMatch(/^contract-fanout-/);
    expect(routingKey).toBe("k".repeat(255));
    expect(redelivered).toBe(false);
    expect(receivedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(receivedAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test("are each subscriber's own, and no longer the publisher's", async () => {
    const exchange = await declared(adapter(), "fanout");
    const [first, second] = [await tapped(adapter(), exchange), await tapped(adapter(), exchange)];
    const list: FieldValue[] = [1];
    const headers = fieldTable({ list, bytes: Buffer.from("bytes") });
    const sent = message(exchange, "key", { body: Buffer.from("body"), headers });
    await adapter().publish(sent);
    sent.body.fill(0);
    list.push(2);
    headers["more"] = true;
    const [one] = await first.recorder.received(1);
    one?.body.fill(0);
    const ownList = one?.headers["list"];
    if (Array.isArray(ownList)) ownList.push(3);
    const [other] = await second.recorder.received(1);
    expect(other?.body.toString()).toBe("body");
    expect(ownList).toEqual([1, 3]);
    expect(other?.headers["list"]).toEqual([1]);
    expect(Object.keys(other?.headers ?? {}).toSorted()).toEqual(["bytes", "list"]);
    await Promise.all([first.tap.close(), second.tap.close()]);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });
}

function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => byte);
}

/** A Buffer and a Uint8Array of the same bytes are the same header. */
function plain(value: FieldValue | undefined): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("hex") } : value;
}
