import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BindingProbe } from "../../../../src/broker/rabbitmq/binding-probe.ts";

const EVERY_MS = 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Something that counts how often it is probed, and takes so long. */
function probed(takesMs = 0) {
  const counted = {
    times: 0,
    now: 0,
    async probe() {
      counted.times++;
      counted.now++;
      await new Promise((resolve) => setTimeout(resolve, takesMs));
      counted.now--;
    },
  };
  return counted;
}

test.each([
  ["at random", Math.random],
  ["as early as can be", () => 0],
  ["as late as can be", () => 1 - Number.EPSILON],
])("each is probed once in the interval, from the first on: %s", async (_when, random) => {
  vi.spyOn(Math, "random").mockImplementation(random);
  const probe = new BindingProbe(EVERY_MS);
  const all = Array.from({ length: 20 }, () => probed());
  for (const one of all) probe.add(one);
  await vi.advanceTimersByTimeAsync(EVERY_MS * 0.49);
  expect(all.filter(({ times }) => times > 0)).toEqual([]);
  // As late as it can be: the first in line is due last, and each after it waits for the spacing and the probe before.
  await vi.advanceTimersByTimeAsync(EVERY_MS * 0.51 + 20 * (10 + 2));
  expect(new Set(all.map(({ times }) => times))).toEqual(new Set([1]));
  await vi.advanceTimersByTimeAsync(EVERY_MS * 10);
  for (const { times } of all) expect(times).toBeGreaterThanOrEqual(10);
});

test("one after another, and no more than a hundred a second", async () => {
  const probe = new BindingProbe(EVERY_MS);
  const all = Array.from({ length: 1_000 }, () => probed(5));
  for (const one of all) probe.add(one);
  let atOnce = 0;
  for (let second = 0; second < 10; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    atOnce = Math.max(
      atOnce,
      all.reduce((sum, { now }) => sum + now, 0),
    );
  }
  const total = all.reduce((sum, { times }) => sum + times, 0);
  expect(atOnce).toBeLessThanOrEqual(1);
  expect(total).toBeLessThanOrEqual(1_000);
  // In turn: nobody is probed again before everybody was.
  expect(Math.max(...all.map(({ times }) => times))).toBe(1);
});

test("in a hurry each is probed at once, and then in its turn again", async () => {
  const probe = new BindingProbe(EVERY_MS);
  const all = Array.from({ length: 20 }, () => probed());
  for (const one of all) probe.add(one);
  probe.hurry();
  await vi.advanceTimersByTimeAsync(20 * (10 + 2));
  expect(all.map(({ times }) => times)).toEqual(all.map(() => 1));
  await vi.advanceTimersByTimeAsync(EVERY_MS * 0.7);
  expect(all.map(({ times }) => times)).toEqual(all.map(() => 1));
  await vi.advanceTimersByTimeAsync(EVERY_MS * 0.6);
  expect(all.map(({ times }) => times)).toEqual(all.map(() => 2));
});

test("a hurry during a probe, and without anybody to probe", async () => {
  const probe = new BindingProbe(EVERY_MS);
  probe.hurry();
  expect(vi.getTimerCount()).toBe(0);
  const all = [probed(50), probed(50)];
  for (const one of all) probe.add(one);
  probe.hurry();
  await vi.advanceTimersByTimeAsync(10);
  probe.hurry();
  await vi.advanceTimersByTimeAsync(3 * (50 + 10));
  expect(all.map(({ times }) => times)).toEqual([2, 1]);
});

test("who has left is not probed, and nobody keeps a timer", async () => {
  const probe = new BindingProbe(EVERY_MS);
  const [leaving, staying] = [probed(), probed()];
  for (const one of [leaving, staying]) probe.add(one);
  probe.remove(leaving);
  await vi.advanceTimersByTimeAsync(EVERY_MS * 3);
  expect(leaving.times).toBe(0);
  expect(staying.times).toBeGreaterThan(1);
  probe.remove(staying);
  expect(vi.getTimerCount()).toBe(0);
});

test("who leaves while it is probed does not come back", async () => {
  const probe = new BindingProbe(EVERY_MS);
  const leaving = probed(50);
  probe.add(leaving);
  await vi.advanceTimersToNextTimerAsync();
  expect(leaving.now).toBe(1);
  probe.remove(leaving);
  await vi.advanceTimersByTimeAsync(EVERY_MS * 3);
  expect(leaving.times).toBe(1);
});
