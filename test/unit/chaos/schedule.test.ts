import { expect, test } from "vitest";
import { FAULTS } from "../../chaos/faults.ts";
import { scheduleOf, type Step } from "../../chaos/schedule.ts";

function stepsOf(seed: number, count: number): Step[] {
  const schedule = scheduleOf(seed);
  return Array.from({ length: count }, () => schedule.next().value);
}

test("a seed is always the same steps, and another seed others", () => {
  expect(stepsOf(1, 100)).toEqual(stepsOf(1, 100));
  expect(stepsOf(1, 100)).not.toEqual(stepsOf(2, 100));
});

test("each fault comes, alone and with one of another layer", () => {
  const steps = stepsOf(7, 2_000);
  const alone = steps.flatMap(({ faults }) => (faults.length === 1 ? faults : []));
  const together = steps.flatMap(({ faults }) => (faults.length === 2 ? faults : []));
  for (const seen of [alone, together]) expect(new Set(seen)).toEqual(new Set(Object.keys(FAULTS)));
  for (const { faults, holdMs } of steps) {
    expect(new Set(faults).size).toBe(faults.length);
    expect(holdMs).toBeGreaterThanOrEqual(200);
    expect(holdMs).toBeLessThanOrEqual(4_000);
  }
});
