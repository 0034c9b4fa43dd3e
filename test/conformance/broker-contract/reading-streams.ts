import { expect } from "vitest";
import { coded } from "./coded.ts";
import { declaredQueue, unique } from "./fixtures.ts";
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

/** More than a prefetch, and more than one chunk of a stream's. */
const MANY = 1_000;
const KIB = 1_024;
const MIB = 1_048_576;

const second = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 1_000);

export function readingStreams(harness: BrokerHarness): void {
  const shared = sharedAdapter(harness);

  streamTest("from the first on, and on into what comes", shared, async (adapter) => {
    const stream = await declaredStream(adapter);
    await fill(adapter, stream, numbered(0, MANY));
    const reader = await adapter.openStream(stream, { at: "first" });
    expect(await bodies(reader, MANY)).toEqual(numbered(0, MANY));
    const waiting = entry(reader);
    await fill(adapter, stream, ["later"]);
    expect(await waiting).toMatchObject({ offset: MANY, gap: undefined });
    await reader.close();
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest(
    "from the last on: the newest alone, of however many there are in its chunk",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      await fill(adapter, stream, numbered(0, MANY));
      const reader = await adapter.openStream(stream, { at: "last" });
      await fill(adapter, stream, numbered(MANY, 2));
      expect(await bodies(reader, 3)).toEqual(numbered(MANY - 1, 3));
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest("from the next on: none that is there already", shared, async (adapter) => {
    const stream = await declaredStream(adapter);
    await fill(adapter, stream, numbered(0, MANY));
    const reader = await adapter.openStream(stream, { at: "next" });
    await fill(adapter, stream, numbered(MANY, 2));
    expect(await bodies(reader, 2)).toEqual(numbered(MANY, 2));
    await reader.close();
    await adapter.deleteQueue(stream, ANYHOW);
  });

  for (const at of ["first", "last", "next"] as const)
    streamTest(`from the ${at} on, where there is none yet`, shared, async (adapter) => {
      const stream = await declaredStream(adapter);
      const reader = await adapter.openStream(stream, { at });
      await fill(adapter, stream, numbered(0, 150));
      expect(await bodies(reader, 150)).toEqual(numbered(0, 150));
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    });

  streamTest(
    "from a time on: none that says that it is older, up to the first that is not",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      await fill(adapter, stream, numbered(0, 250), { timestamp: second(0) });
      await fill(adapter, stream, ["at the time"], { timestamp: second(1) });
      await fill(adapter, stream, ["older, and late"], { timestamp: second(0) });
      const since = new Date(second(1).getTime() + 900);
      const reader = await adapter.openStream(stream, { since });
      expect(await bodies(reader, 2)).toEqual(["at the time", "older, and late"]);
      await reader.close();
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest("from before all time, and from the end of it", shared, async (adapter) => {
    const stream = await declaredStream(adapter);
    await fill(adapter, stream, ["0"], { timestamp: new Date() });
    const early = await adapter.openStream(stream, { since: new Date("0001-01-01T00:00:00Z") });
    expect(await bodies(early, 1)).toEqual(["0"]);
    const late = await adapter.openStream(stream, { since: new Date("9999-12-31T23:59:59Z") });
    await fill(adapter, stream, ["1"], { timestamp: new Date() });
    await fill(adapter, stream, ["2"], { timestamp: new Date("9999-12-31T23:59:59Z") });
    expect(await bodies(late, 1)).toEqual(["2"]);
    await Promise.all([early.close(), late.close()]);
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest("after a message, the newest too", shared, async (adapter) => {
    const stream = await declaredStream(adapter);
    await fill(adapter, stream, numbered(0, 300));
    const reader = await adapter.openStream(stream, { at: "first" });
    await bodies(reader, 122);
    const middle = pointOf(await entry(reader));
    await bodies(reader, 176);
    const newest = pointOf(await entry(reader));
    await reader.close();
    const resumed = await adapter.openStream(stream, { after: middle });
    expect(await bodies(resumed, 177)).toEqual(numbered(123, 177));
    const atTheEnd = await adapter.openStream(stream, { after: newest });
    await fill(adapter, stream, ["300"]);
    expect(await bodies(atTheEnd, 1)).toEqual(["300"]);
    await Promise.all([resumed.close(), atTheEnd.close()]);
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest(
    "as slowly as it is asked for, which holds up nobody else",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      await fill(adapter, stream, numbered(0, MANY));
      const slow = await adapter.openStream(stream, { at: "first" });
      expect(await bodies(slow, 1)).toEqual(["0"]);
      const fast = await adapter.openStream(stream, { at: "first" });
      expect(await bodies(fast, MANY)).toEqual(numbered(0, MANY));
      expect(await bodies(slow, MANY - 1)).toEqual(numbered(1, MANY - 1));
      await Promise.all([slow.close(), fast.close()]);
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest(
    "however large they are, each once and in order, from any place",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      const sizes = [1, 300 * KIB, 10, 2 * MIB, 2 * MIB, 700 * KIB];
      const texts = numbered(0, 60).map((text, place) => text.padEnd(sizes[place % 6] ?? 0));
      const [first, next] = [
        await adapter.openStream(stream, { at: "first" }),
        await adapter.openStream(stream, { at: "next" }),
      ];
      for (let from = 0; from < 60; from += 6)
        await fill(adapter, stream, texts.slice(from, from + 6));
      expect(await bodies(first, 30)).toEqual(texts.slice(0, 30));
      const middle = pointOf(await entry(first));
      const after = await adapter.openStream(stream, { after: middle });
      const last = await adapter.openStream(stream, { at: "last" });
      expect(await bodies(first, 29)).toEqual(texts.slice(31));
      expect(await bodies(next, 60)).toEqual(texts);
      expect(await bodies(after, 29)).toEqual(texts.slice(31));
      expect(await bodies(last, 1)).toEqual(texts.slice(-1));
      await fill(adapter, stream, ["small"]);
      for (const reader of [first, next, after, last]) {
        expect(await bodies(reader, 1)).toEqual(["small"]);
        await reader.close();
      }
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest(
    "however many of them come at once that are too large to be held",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      const texts = numbered(0, 12).map((text) => text.padEnd(2 * MIB));
      const readers = [await adapter.openStream(stream, { at: "first" })];
      // Published together, they are likely to be stored, and sent, together.
      await fill(adapter, stream, texts);
      readers.push(await adapter.openStream(stream, { at: "first" }));
      for (const reader of readers) {
        expect(await bodies(reader, 12)).toEqual(texts);
        await reader.close();
      }
      await adapter.deleteQueue(stream, ANYHOW);
    },
  );

  streamTest("what is no stream, or is not there, is refused", shared, async (adapter) => {
    const missing = unique("stream");
    await expect(adapter.openStream(missing, { at: "first" })).rejects.toEqual(
      coded("NOT_FOUND", missing),
    );
    for (const type of adapter.capabilities.queueTypes.filter((other) => other !== "stream")) {
      const queue = await declaredQueue(adapter, { type });
      await fill(adapter, queue, ["is left alone"]);
      for (const at of ["first", "last", "next"] as const)
        await expect(adapter.openStream(queue, { at })).rejects.toEqual(
          coded("PRECONDITION_FAILED", queue, "stream"),
        );
      expect(await adapter.deleteQueue(queue, ANYHOW)).toBe(1);
    }
  });

  streamTest("a closed reader answers whoever waits, and says no more", shared, async (adapter) => {
    const stream = await declaredStream(adapter);
    const reader = await adapter.openStream(stream, { at: "first" });
    const waiting = reader.next();
    await Promise.all([reader.close(), reader.close()]);
    expect(await waiting).toBeUndefined();
    await fill(adapter, stream, ["0"]);
    expect(await reader.next()).toBeUndefined();
    await adapter.deleteQueue(stream, ANYHOW);
  });

  streamTest(
    "a stream that is deleted ends its readers with NOT_FOUND",
    shared,
    async (adapter) => {
      const stream = await declaredStream(adapter);
      await fill(adapter, stream, ["0", "1"]);
      const [waits, reads] = [
        await adapter.openStream(stream, { at: "next" }),
        await adapter.openStream(stream, { at: "first" }),
      ];
      expect(await bodies(reads, 1)).toEqual(["0"]);
      const waiting = waits.next();
      await adapter.deleteQueue(stream, ANYHOW);
      await expect(waiting).rejects.toEqual(coded("NOT_FOUND", stream));
      expect(await waits.next()).toBeUndefined();
      // What it had received is the reader's.
      expect(await bodies(reads, 1)).toEqual(["1"]);
      await expect(reads.next()).rejects.toEqual(coded("NOT_FOUND", stream));
    },
  );

  streamTest("an adapter that is closed ends its readers", shared, async (adapter) => {
    const { adapter: own, close } = await harness.openAdapter();
    const stream = await declaredStream(adapter);
    await fill(adapter, stream, ["0"]);
    const [waits, idles] = [
      await own.openStream(stream, { at: "next" }),
      await own.openStream(stream, { at: "first" }),
    ];
    const waiting = waits.next();
    waiting.catch(() => {});
    await own.close();
    await expect(waiting).rejects.toEqual(coded("BROKER_UNAVAILABLE"));
    await expect(idles.next()).rejects.toEqual(coded("BROKER_UNAVAILABLE"));
    expect(await idles.next()).toBeUndefined();
    await close();
    await adapter.deleteQueue(stream, ANYHOW);
  });
}
