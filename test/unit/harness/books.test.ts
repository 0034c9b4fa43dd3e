import { expect, test, vi } from "vitest";
import { Books, expectBalanced, type Balance, type Outcome } from "../../harness/books.ts";

/** What the books say of one message with these attempts and so many copies received; zeros left out. */
function balanceOf(outcomes: readonly Outcome[], copies: number): Partial<Balance> {
  return nonZero(booksOf(outcomes, copies).balance);
}

function booksOf(outcomes: readonly Outcome[], copies: number): Books {
  const books = new Books("a queue");
  for (const outcome of outcomes) {
    books.attempted("m");
    books.ended("m", outcome);
  }
  for (let copy = 0; copy < copies; copy++) books.received("m");
  return books;
}

function nonZero(balance: Balance): Partial<Balance> {
  return Object.fromEntries(Object.entries(balance).filter(([, count]) => count > 0));
}

test.for<[string, readonly Outcome[], number, Partial<Balance>]>([
  ["confirmed and there", ["acknowledged"], 1, { acknowledged: 1, received: 1 }],
  ["confirmed and gone", ["acknowledged"], 0, { acknowledged: 1, lost: 1 }],
  [
    "confirmed once and there twice",
    ["acknowledged"],
    2,
    { acknowledged: 1, received: 1, duplicated: 1, overdone: 1 },
  ],
  [
    "confirmed twice, the second time from memory, and there twice",
    ["acknowledged", "acknowledged"],
    2,
    { acknowledged: 1, received: 1, duplicated: 1, overdone: 1 },
  ],
  ["unknown and gone", ["unknown"], 0, { unknown: 1 }],
  ["unknown and there", ["unknown"], 1, { unknown: 1, received: 1, recovered: 1 }],
  [
    "unknown, never retried, and there twice",
    ["unknown"],
    2,
    { unknown: 1, received: 1, recovered: 1, duplicated: 1, overdone: 1 },
  ],
  [
    "unknown, retried, confirmed, and there twice",
    ["unknown", "acknowledged"],
    2,
    { acknowledged: 1, received: 1, duplicated: 1 },
  ],
  [
    "unknown, retried, confirmed, and there three times",
    ["unknown", "acknowledged"],
    3,
    { acknowledged: 1, received: 1, duplicated: 1, overdone: 1 },
  ],
  [
    "unknown, retried, confirmed, and gone",
    ["unknown", "acknowledged"],
    0,
    { acknowledged: 1, lost: 1 },
  ],
  ["not sent, and gone", ["failed"], 0, { failed: 1 }],
  ["not sent, and there", ["failed"], 1, { failed: 1, received: 1, denied: 1 }],
  [
    "not sent, sent again and confirmed",
    ["failed", "acknowledged"],
    1,
    { acknowledged: 1, received: 1 },
  ],
  [
    "not sent, sent again and unknown",
    ["failed", "unknown"],
    1,
    { unknown: 1, received: 1, recovered: 1 },
  ],
])("a message that is %s", ([, outcomes, copies, balance]) => {
  expect(balanceOf(outcomes, copies)).toEqual({ attempted: 1, ...balance });
});

test("a message that nobody sent is unexpected, and one without an outcome unknown", () => {
  expect(balanceOf([], 1)).toEqual({ received: 1, unexpected: 1 });
  const books = new Books("a queue");
  books.attempted("m");
  expect(nonZero(books.balance)).toEqual({ attempted: 1, unknown: 1 });
});

test("books are printed, and what may not be is named", () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expectBalanced(booksOf(["unknown", "acknowledged"], 2));
  expect(write.mock.calls.join()).toMatch(
    /^books of a queue: attempted 1, acknowledged 1, .*lost 0, .*duplicated 1, .*\n$/,
  );
  expect(() => expectBalanced(booksOf(["acknowledged"], 0))).toThrow("a queue: lost 1, such as m");
  expect(() => expectBalanced(booksOf(["failed"], 1))).toThrow("a queue: denied 1, such as m");
  write.mockRestore();
});
