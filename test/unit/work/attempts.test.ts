import { expect, test } from "vitest";
import { Attempts } from "../../../src/work/attempts.ts";
import { TestMessage } from "../../harness/test-message.ts";

const QUEUE = "work";
const message = (redelivered: boolean, messageId = "m-1") =>
  new TestMessage({ properties: { persistent: true, messageId }, redelivered });

test("the first is 1, and each that went back is one more", () => {
  const attempts = new Attempts();
  const first = attempts.next(QUEUE, message(false));
  attempts.wentBack(first);
  const second = attempts.next(QUEUE, message(true));
  attempts.wentBack(second);
  expect([first.attempt, second.attempt, attempts.next(QUEUE, message(true)).attempt]).toEqual([
    1, 2, 3,
  ]);
});

test("whoever looks at a queue makes no attempt, however often", () => {
  const attempts = new Attempts();
  attempts.looked(QUEUE, message(false));
  attempts.looked(QUEUE, message(true));
  const first = attempts.next(QUEUE, message(true));
  expect(first.attempt).toBe(1);
  attempts.wentBack(first);
  attempts.looked(QUEUE, message(true));
  expect(attempts.next(QUEUE, message(true)).attempt).toBe(2);
});

test("one that came again to somebody else is 2 at the least, looked at or not", () => {
  const attempts = new Attempts();
  expect(attempts.next(QUEUE, message(true)).attempt).toBe(2);
  attempts.looked(QUEUE, message(true, "m-2"));
  expect(attempts.next(QUEUE, message(true, "m-2")).attempt).toBe(2);
});

test("what is settled is forgotten, so that another of the same id is counted anew", () => {
  const attempts = new Attempts();
  attempts.looked(QUEUE, message(false));
  attempts.settled(attempts.next(QUEUE, message(true)));
  expect(attempts.next(QUEUE, message(true)).attempt).toBe(2);
});
