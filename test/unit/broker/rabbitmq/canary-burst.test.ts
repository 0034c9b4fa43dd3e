import { expect, test } from "vitest";
import { fieldTable, FieldTimestamp, type FieldValue } from "../../../../src/broker/field-table.ts";
import {
  CanaryBurst,
  type Dropped,
  type Overflow,
} from "../../../../src/broker/rabbitmq/canary-burst.ts";

const MIB = 1_048_576;
const BOUNDS = { maxLength: 100, maxBytes: 64 * MIB };
const DROPPED_AT = 1_700_000_000;

interface Death {
  readonly queue: string;
  readonly reason?: string;
  readonly time?: number;
}

/** A message that has died as `deaths` say, the newest first. */
function dead(
  deaths: readonly Death[],
  { bytes = 1, timestamp }: { bytes?: number; timestamp?: number } = {},
): Dropped {
  const xDeath = deaths.map(({ queue, reason = "maxlen", time = DROPPED_AT }) =>
    fieldTable({ queue, reason, time: new FieldTimestamp(time) }),
  );
  return {
    body: Buffer.alloc(bytes),
    headers: fieldTable({ "x-death": xDeath }),
    properties: {
      persistent: false,
      timestamp: timestamp === undefined ? undefined : new Date(timestamp * 1000),
    },
  };
}

function watching(...queues: readonly string[]) {
  const burst = new CanaryBurst(BOUNDS);
  const told: [string, number, Overflow["dropped"]][] = [];
  for (const queue of queues)
    burst.watch(queue, ({ from, dropped }) => told.push([queue, from.getTime() / 1000, dropped]));
  return { burst, told };
}

/** So many stretches in which nothing comes; whether the last was the end. */
function quiet(burst: CanaryBurst, stretches = 5): boolean {
  let isOver = false;
  for (let count = 0; count < stretches; count++) isOver = burst.endStretch();
  return isOver;
}

test("what each queue has dropped is told once, when nothing has come for a while", () => {
  const { burst, told } = watching("a", "b", "c");
  for (const queue of ["a", "b", "a"]) burst.count(dead([{ queue }]));
  burst.endStretch();
  burst.count(dead([{ queue: "a" }]));
  burst.endStretch();
  expect(quiet(burst, 4)).toBe(false);
  expect(told).toEqual([]);
  expect(quiet(burst, 1)).toBe(true);
  expect(told).toEqual([
    ["a", DROPPED_AT, 3],
    ["b", DROPPED_AT, 1],
  ]);
});

test("the next burst is counted by itself", () => {
  const { burst, told } = watching("a");
  for (const count of [2, 5]) {
    for (let n = 0; n < count; n++) burst.count(dead([{ queue: "a" }]));
    quiet(burst, 6);
  }
  expect(told.map(([, , dropped]) => dropped)).toEqual([2, 5]);
});

test("a burst without end is told now and then", () => {
  const { burst, told } = watching("a");
  for (let stretch = 0; stretch < 400; stretch++) {
    if (stretch % 10 === 0) burst.count(dead([{ queue: "a" }]));
    else if (stretch % 2 === 0) burst.count(dead([{ queue: "elsewhere" }]));
    burst.endStretch();
  }
  expect(told).toHaveLength(2);
});

test.for<[string, number, number, number | undefined]>([
  ["as many as may wait at once", 100, 1, 100],
  ["more than may wait at once", 101, 1, undefined],
  ["bytes that leave room for the largest message", 48, MIB, 48],
  ["more bytes than that", 49, MIB, undefined],
])("the count is told where none can have gone uncounted: %s", ([, count, bytes, dropped]) => {
  const { burst, told } = watching("a");
  for (let n = 0; n < count; n++) burst.count(dead([{ queue: "a" }], { bytes }));
  quiet(burst, 6);
  expect(told).toEqual([["a", DROPPED_AT, dropped]]);
});

test("no count is told where the canary itself was away, until it is quiet", () => {
  const { burst, told } = watching("a");
  burst.missed();
  for (let time = 0; time < 2; time++) {
    burst.count(dead([{ queue: "a" }]));
    quiet(burst, 6);
  }
  expect(told.map(([, , dropped]) => dropped)).toEqual([undefined, 1]);
});

test("it begins when the first was published, where that says so, else when it was dropped", () => {
  const { burst, told } = watching("a", "b", "c");
  burst.count(dead([{ queue: "a" }], { timestamp: DROPPED_AT - 7 }));
  burst.count(dead([{ queue: "a" }], { timestamp: DROPPED_AT - 9 }));
  burst.count(dead([{ queue: "b" }], { timestamp: DROPPED_AT + 1_000 }));
  burst.count(dead([{ queue: "c", time: DROPPED_AT + 3 }]));
  quiet(burst, 6);
  expect(told.map(([, from]) => from - DROPPED_AT)).toEqual([-7, 0, 3]);
});

test("other deaths are not ours: of other queues, for other reasons, or from before", () => {
  const { burst, told } = watching("a");
  burst.count(dead([{ queue: "another" }]));
  burst.count(dead([{ queue: "a", reason: "expired" }]));
  burst.count(dead([]));
  burst.count(dead([{ queue: "a" }, { queue: "another" }]));
  quiet(burst, 6);
  expect(told.map(([, , dropped]) => dropped)).toEqual([1]);
});

test("who stops watching is told nothing more, and gets what was not told", () => {
  const { burst, told } = watching("a", "b");
  burst.count(dead([{ queue: "a" }]));
  expect(burst.unwatch("a")).toEqual({ from: new Date(DROPPED_AT * 1000), dropped: 1 });
  expect(burst.unwatch("b")).toBeUndefined();
  expect(burst.unwatch("b")).toBeUndefined();
  expect(burst.isWatched).toBe(false);
  burst.count(dead([{ queue: "a" }]));
  quiet(burst, 6);
  expect(told).toEqual([]);
});

test.for([
  ["is no list", "maxlen"],
  ["holds no tables", ["maxlen", null, 1, [fieldTable({ queue: "a" })]]],
  ["has other types", [fieldTable({ queue: 1, reason: "maxlen" }), fieldTable({ reason: null })]],
] as const)("what somebody else has put into x-death counts for nobody: it %s", ([, deaths]) => {
  const { burst, told } = watching("a");
  burst.count({ ...dead([]), headers: fieldTable({ "x-death": deaths as FieldValue }) });
  quiet(burst, 6);
  expect(told).toEqual([]);
});
