import { expect } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { StreamPoint } from "../../../src/broker/stream.ts";
import { eventually } from "../../harness/eventually.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import {
  ANYHOW,
  bodies,
  declaredStream,
  entry,
  fill,
  numbered,
  pointOf,
  streamTest,
} from "./stream-fixtures.ts";

const KIB = 1_024;
/** It keeps a few messages of a segment's size, and no more. */
const SHORT = fieldTable({
  "x-max-length-bytes": 100 * KIB,
  "x-stream-max-segment-size-bytes": 50 * KIB,
});

/** Where the last of `count` messages of a new stream is, and what it is. */
async function lastOf(adapter: BrokerAdapter, stream: string, count: number): Promise<StreamPoint> {
  await fill(adapter, stream, numbered(0, count));
  const reader = await adapter.openStream(stream, { at: "last" });
  const point = pointOf(await entry(reader));
  await reader.close();
  expect(point.offset).toBe(count - 1);
  return point;
}

/** The offset of the oldest message. */
async function firstOffset(adapter: BrokerAdapter, stream: string): Promise<number> {
  const reader = await adapter.openStream(stream, { at: "first" });
  const { offset } = await entry(reader);
  await reader.close();
  return offset;
}

export function streamHistory(harness: BrokerHarness): void {
  const shared = sharedAdapter(harness);

  streamTest("what is no longer kept is told, once", shared, async (adapter) => {
    const stream = await declaredStream(adapter, SHORT);
    const point = await lastOf(adapter, stream, 3);
    const body = "x".repeat(20 * KIB);
    await eventually(
      async () => {
        // One by one: what is written at once is never parted, and would be dropped as a whole.
        for (let count = 0; count < 6; count++) await fill(adapter, stream, [body]);
        expect(await firstOffset(adapter, stream)).toBeGreaterThan(point.offset + 1);
      },
      { timeoutMs: 20_000 },
    );
    const reader = await adapter.openStream(stream, { after: point });
    const { offset, gap, message } = await entry(reader);
    expect(gap).toEqual({
      cause: "history-truncated",
      from: point.receivedAt,
      until: message.receivedAt,
    });
    expect(offset).toBeGreaterThan(point.offset + 1);
    const { offset: following, gap: none } = await entry(reader);
    expect(following).toBeGreaterThan(offset);
    expect(none).toBeUndefined();
    await reader.close();
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest(
    "what is deleted beneath one who reads slowly is told once, with the first message after it",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter, SHORT);
      const body = "x".repeat(5 * KIB);
      const reader = await adapter.openStream(stream, { at: "first" });
      await fill(adapter, stream, [body]);
      const { offset: from, message: first } = await entry(reader);
      // More than is sent ahead, one by one, until none of it is kept.
      await eventually(
        async () => {
          for (let count = 0; count < 40; count++) await fill(adapter, stream, [body]);
          expect(await firstOffset(adapter, stream)).toBeGreaterThan(from + 300);
        },
        { timeoutMs: 20_000 },
      );
      await fill(adapter, stream, ["last"]);
      const entries = [];
      do entries.push(await entry(reader));
      while (String(entries.at(-1)?.message.body) !== "last");
      const holes = entries.filter(({ gap }) => gap);
      expect(holes).toHaveLength(1);
      const [hole] = holes;
      expect(hole?.gap).toMatchObject({
        cause: "history-truncated",
        until: hole?.message.receivedAt,
      });
      expect(hole?.gap?.from.getTime()).toBeGreaterThanOrEqual(first.receivedAt.getTime());
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest("many segments are no gap while all of them are kept", shared, async (adapter) => {
    const segments = fieldTable({ "x-stream-max-segment-size-bytes": 50 * KIB });
    const stream = await declaredStream(adapter, segments);
    const texts = numbered(0, 400).map((text) => text.padEnd(3 * KIB));
    const reader = await adapter.openStream(stream, { at: "first" });
    await fill(adapter, stream, texts.slice(0, 1));
    expect(await bodies(reader, 1)).toEqual(texts.slice(0, 1));
    // Few at once, so that there are many chunks: a segment ends with one.
    for (let from = 1; from < texts.length; from += 7)
      await fill(adapter, stream, texts.slice(from, from + 7));
    expect(await bodies(reader, texts.length - 2)).toEqual(texts.slice(1, -1));
    // There are more offsets than messages, or there was nothing to be mistaken for a gap.
    expect((await entry(reader)).offset).toBeGreaterThan(texts.length);
    await reader.close();
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest(
    "a stream of which nothing is kept is not taken for another",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter, SHORT);
      const point = await lastOf(adapter, stream, 3);
      const body = "x".repeat(30 * KIB);
      // At once: one chunk, more than the stream may keep.
      await fill(adapter, stream, [body, body, body, body, body]);
      await fill(adapter, stream, [body, body, body, body, body]);
      const reader = await adapter.openStream(stream, { after: point });
      await fill(adapter, stream, ["small"]);
      const { offset, gap } = await entry(reader);
      expect(offset).toBeGreaterThan(point.offset);
      expect(gap?.cause ?? "history-truncated").toBe("history-truncated");
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  for (const [how, again] of [
    ["with fewer messages", 3],
    ["with as many", 10],
    ["with more", 300],
  ] as const)
    streamTest(
      `one that was made anew ${how} is told, and begins with its oldest`,
      shared,
      async (adapter) => {
        const stream = await declaredStream(adapter);
        const point = await lastOf(adapter, stream, 10);
        await adapter.deleteQueue(stream, ANYHOW);
        await declaredStream(adapter, fieldTable(), stream);
        await fill(adapter, stream, numbered(0, again));
        const reader = await adapter.openStream(stream, { after: point });
        const { offset, gap, message } = await entry(reader);
        expect(offset).toBe(0);
        expect(gap).toEqual({
          cause: "history-replaced",
          from: point.receivedAt,
          until: message.receivedAt,
        });
        expect(await bodies(reader, again - 1)).toEqual(numbered(1, again - 1));
        await reader.close();
        await adapter.deleteQueue(stream, ANYHOW);
      },
    );

  streamTest(
    "one that was made anew and is empty is told with its first message",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      const point = await lastOf(adapter, stream, 1);
      await adapter.deleteQueue(stream, ANYHOW);
      await declaredStream(adapter, fieldTable(), stream);
      const reader = await adapter.openStream(stream, { after: point });
      await fill(adapter, stream, ["0", "1"]);
      const { offset, gap } = await entry(reader);
      expect({ offset, cause: gap?.cause }).toEqual({ offset: 0, cause: "history-replaced" });
      expect(await bodies(reader, 1)).toEqual(["1"]);
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );
}
