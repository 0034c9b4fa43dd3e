import { expect, test } from "vitest";
import { WorkBooks } from "../../harness/work-books.ts";

function books(): WorkBooks {
  const kept = new WorkBooks();
  kept.published("good", "done");
  kept.published("poison", "dead");
  return kept;
}

test("balance where everything has ended as decided, however often it was handed out", () => {
  const kept = books();
  for (const id of ["good", "good", "poison"]) kept.handedOut(id);
  for (const id of ["good", "good"]) kept.done(id);
  expect(kept.faults({ left: [], dead: ["poison", "poison"] })).toEqual([]);
  expect(kept.again).toBe(1);
});

test("find what is left, lost, undone or ended otherwise", () => {
  expect(books().faults({ left: ["good"], dead: ["good"] })).toEqual([
    "good is left",
    "good was never done",
    "poison is lost: it is no dead letter",
    "good is a dead letter",
  ]);
  expect(() => books().handedOut("unheard-of")).toThrow(/never published/);
});
