import { describe, expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { declaredQueue, message, queueSpec, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { allIn, ANYHOW, queueWith, taken } from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const TAKING = { putsBack: false };

export function readingQueues(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("gives messages in order, and says how many are left", async () => {
    const queue = await queueWith(adapter(), ["a", "b", "c"]);
    const reader = await adapter().openReader(queue, TAKING);
    expect(reader.remaining).toBe(0);
    const seen: unknown[] = [];
    for (let next = await reader.next(); next; next = await reader.next()) {
      seen.push([next.message.body.toString(), next.message.redelivered, reader.remaining]);
      expect(next.settle("ack")).toBe(true);
    }
    expect(seen).toEqual([
      ["a", false, 2],
      ["b", false, 1],
      ["c", false, 0],
    ]);
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual([]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("gives the whole message", async () => {
    const queue = await declaredQueue(adapter());
    const sent = message("", queue, {
      body: Buffer.from("body"),
      headers: fieldTable({ kind: "whole" }),
      properties: { messageId: "m-1", persistent: true, priority: 3, correlationId: "c-1" },
    });
    await adapter().publish(sent);
    const reader = await adapter().openReader(queue, TAKING);
    const next = await reader.next();
    expect(next?.message).toMatchObject({
      exchange: "",
      routingKey: queue,
      text: "body",
      headers: { kind: "whole" },
      properties: sent.properties,
    });
    await reader.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("what is not settled goes back to its place, redelivered", async () => {
    const queue = await queueWith(adapter(), ["a", "b", "c", "d", "e"]);
    const reader = await adapter().openReader(queue, TAKING);
    const [, second] = await taken(reader, 4);
    second?.settle("ack");
    await reader.close();
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["a*", "c*", "d*", "e"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("what is requeued takes its old place, in whatever order", async () => {
    const queue = await queueWith(adapter(), ["a", "b", "c", "d"]);
    const reader = await adapter().openReader(queue, TAKING);
    const [a, b, c] = await taken(reader, 3);
    for (const delivery of [b, c, a]) expect(delivery?.settle("requeue")).toBe(true);
    expect((await reader.next())?.message.body.toString()).toBe("a");
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["a*", "b*", "c*", "d"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("what is rejected is off the queue, and where it dead-letters to, there", async () => {
    const dead = await declaredQueue(adapter());
    const deadLetters = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead };
    const queue = await queueWith(adapter(), ["a", "b"], deadLetters);
    const reader = await adapter().openReader(queue, TAKING);
    const [first] = await taken(reader, 1);
    first?.settle("reject");
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["b"]);
    expect(await allIn(adapter(), dead)).toEqual(["a"]);
    for (const name of [queue, dead]) await adapter().deleteQueue(name, ANYHOW);
  });

  test("two at once have messages of their own", async () => {
    const queue = await queueWith(adapter(), ["a", "b", "c", "d"]);
    const [one, other] = [
      await adapter().openReader(queue, TAKING),
      await adapter().openReader(queue, TAKING),
    ];
    const bodies: string[] = [];
    for (const reader of [one, other, other, one])
      bodies.push((await reader.next())?.message.body.toString() ?? "none");
    expect(bodies).toEqual(["a", "b", "c", "d"]);
    expect(await one.next()).toBeUndefined();
    await other.close();
    await one.close();
    expect(await allIn(adapter(), queue)).toEqual(["a*", "b*", "c*", "d*"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("a delivery is settled once, and never after its reader was closed", async () => {
    const queue = await queueWith(adapter(), ["a", "b"]);
    const reader = await adapter().openReader(queue, TAKING);
    const [a, b] = await taken(reader, 2);
    expect([a?.settle("ack"), a?.settle("requeue"), a?.settle("ack")]).toEqual([
      true,
      false,
      false,
    ]);
    await reader.close();
    expect(b?.settle("ack")).toBe(false);
    expect(await allIn(adapter(), queue)).toEqual(["b*"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("an adapter that closes gives back what its readers hold", async () => {
    const queue = await queueWith(adapter(), ["a", "b"]);
    const other = await harness.openAdapter();
    const reader = await other.adapter.openReader(queue, TAKING);
    const [a] = await taken(reader, 1);
    await other.adapter.close();
    expect(a?.settle("ack")).toBe(false);
    await expect(reader.next()).rejects.toEqual(coded("BROKER_UNAVAILABLE"));
    await reader.close();
    await other.close();
    expect(await allIn(adapter(), queue)).toEqual(["a*", "b"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  describe("of what cannot be read", () => {
    test("a missing queue is NOT_FOUND, and readers beside it go on", async () => {
      const queue = await queueWith(adapter(), ["a", "b"]);
      const missing = unique("missing");
      const good = await adapter().openReader(queue, TAKING);
      const [a] = await taken(good, 1);
      const bad = await adapter().openReader(missing, TAKING);
      await expect(bad.next()).rejects.toEqual(coded("NOT_FOUND", missing));
      await bad.close();
      expect(a?.settle("ack")).toBe(true);
      expect((await good.next())?.message.body.toString()).toBe("b");
      await good.close();
      await adapter().deleteQueue(queue, ANYHOW);
    });

    test("a stream is NOT_SUPPORTED, and readers beside it go on", async () => {
      if (!adapter().capabilities.queueTypes.includes("stream")) return;
      const queue = await queueWith(adapter(), ["a", "b"]);
      const stream = unique("stream");
      await adapter().declareQueue(queueSpec(stream, { type: "stream" }));
      const good = await adapter().openReader(queue, TAKING);
      const [a] = await taken(good, 1);
      const bad = await adapter().openReader(stream, TAKING);
      await expect(bad.next()).rejects.toEqual(coded("NOT_SUPPORTED", stream));
      await bad.close();
      expect(a?.settle("ack")).toBe(true);
      expect((await good.next())?.message.body.toString()).toBe("b");
      await good.close();
      for (const name of [queue, stream]) await adapter().deleteQueue(name, ANYHOW);
    });
  });
}
