import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Unconfirmed } from "../../../../../src/broker/rabbitmq/wire/unconfirmed.ts";

test("hands over each once, one by one or many at a time, as a plain map would", () => {
  const confirm = fc.record({ tag: fc.nat({ max: 400 }), multiple: fc.boolean() });
  const step = fc.oneof(fc.integer({ min: 1, max: 90 }), confirm);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const unconfirmed = new Unconfirmed<number>();
      const expected = new Set<number>();
      let last = 0;
      for (const each of steps) {
        if (typeof each === "number") {
          for (let more = 0; more < each; more++) {
            unconfirmed.add(++last);
            expected.add(last);
          }
          continue;
        }
        const { tag, multiple } = each;
        const isKnown = tag <= last && (tag > 0 || multiple);
        const due = [...expected].filter((sent) =>
          multiple ? tag === 0 || sent <= tag : sent === tag,
        );
        const settled: number[] = [];
        expect(unconfirmed.settle(tag, multiple, (item) => settled.push(item))).toBe(isKnown);
        expect(settled).toEqual(isKnown ? due : []);
        for (const item of settled) expected.delete(item);
      }
    }),
  );
});

test("takes more while it hands over", () => {
  const unconfirmed = new Unconfirmed<string>();
  for (let count = 0; count < 64; count++) unconfirmed.add(`first ${count}`);
  const settled: string[] = [];
  unconfirmed.settle(64, true, (item) => {
    settled.push(item);
    unconfirmed.add(`after ${item}`);
    unconfirmed.add(`then ${item}`);
  });
  expect(settled).toHaveLength(64);
  unconfirmed.settle(0, true, (item) => settled.push(item));
  expect(settled.slice(64, 66)).toEqual(["after first 0", "then first 0"]);
  expect(settled).toHaveLength(64 * 3);
});
