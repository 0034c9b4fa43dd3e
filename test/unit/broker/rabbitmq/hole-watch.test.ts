import { expect, test } from "vitest";
import { HoleWatch } from "../../../../src/broker/rabbitmq/hole-watch.ts";

interface Look {
  readonly resolve: (firstKept: number) => void;
  readonly reject: (error: Error) => void;
}

/** A watch after offset 0, what it has let through (a gap before it shown as `!`), and its looks. */
function watched() {
  const passed: string[] = [];
  const looks: Look[] = [];
  let onLook: (() => void) | undefined;
  const watch = new HoleWatch<{ offset: number }>({
    firstKept: () =>
      new Promise((resolve, reject) => {
        looks.push({ resolve, reject });
        onLook?.();
      }),
    passed: ({ offset }, isTruncated) => passed.push(`${isTruncated ? "!" : ""}${offset}`),
  });
  watch.begin(0);
  return {
    watch,
    passed,
    looks,
    receive: (...offsets: number[]) => {
      for (const offset of offsets) watch.receive({ offset });
    },
    nextLook: () => new Promise<void>((resolve) => (onLook = resolve)),
  };
}

/** Everything that a settled promise sets off has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a single missing offset is the head of a segment, and not looked into", () => {
  const { receive, passed, looks } = watched();
  receive(1, 3, 4, 6);
  expect([passed, looks]).toEqual([["1", "3", "4", "6"], []]);
});

test("several are looked into, and hold up what follows: a gap where what was there is not kept", async () => {
  const { receive, passed, looks } = watched();
  receive(1, 10, 11);
  expect([passed, looks.length]).toEqual([["1"], 1]);
  looks[0]?.resolve(10);
  await settled();
  receive(12);
  expect([passed, looks.length]).toEqual([["1", "!10", "11", "12"], 1]);
});

test("several are none where what was there is kept", async () => {
  const { receive, passed, looks } = watched();
  receive(1, 10, 11);
  looks[0]?.resolve(2);
  await settled();
  expect([passed, looks.length]).toEqual([["1", "10", "11"], 1]);
});

test("those that have come before a look share it", async () => {
  const { receive, passed, looks } = watched();
  receive(10, 20, 21, 30);
  looks[0]?.resolve(0);
  await settled();
  expect([passed, looks.length]).toEqual([["10"], 2]);
  looks[1]?.resolve(15);
  await settled();
  expect([passed, looks.length]).toEqual([["10", "!20", "21", "30"], 2]);
});

test("a hole that comes up during a look has a look of its own", async () => {
  const { receive, passed, looks } = watched();
  receive(10);
  receive(11, 20, 21);
  looks[0]?.resolve(0);
  await settled();
  expect([passed, looks.length]).toEqual([["10", "11"], 2]);
  looks[1]?.resolve(15);
  await settled();
  expect(passed).toEqual(["10", "11", "!20", "21"]);
});

test("a look that fails is made again", async () => {
  const { receive, passed, looks, nextLook } = watched();
  receive(10);
  const again = nextLook();
  looks[0]?.reject(new Error("no channel"));
  await again;
  expect(passed).toEqual([]);
  looks[1]?.resolve(5);
  await settled();
  expect(passed).toEqual(["!10"]);
});

test("what is dropped never passes, and a new beginning owes nothing to the old", async () => {
  const { watch, receive, passed, looks } = watched();
  receive(10, 11);
  watch.begin(undefined);
  looks[0]?.resolve(10);
  await settled();
  receive(50, 51);
  expect([passed, looks.length]).toEqual([["50", "51"], 1]);
});

test("tells when nothing is held any more, and not of what is dropped", async () => {
  const { watch, receive, passed, looks } = watched();
  const told: string[] = [];
  watch.whenPassed(() => told.push("at once"));
  receive(10, 11);
  watch.whenPassed(() => told.push(`after ${passed.join()}`));
  expect(told).toEqual(["at once"]);
  looks[0]?.resolve(10);
  await settled();
  expect(told).toEqual(["at once", "after !10,11"]);
  receive(20);
  watch.whenPassed(() => told.push("dropped"));
  watch.drop();
  looks[1]?.resolve(20);
  await settled();
  expect(told).toHaveLength(2);
});
