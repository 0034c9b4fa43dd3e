import { expect, test } from "vitest";
import { ANONYMOUS, type Caller } from "../../../src/access/caller.ts";
import { keptContexts } from "../../../src/schema/context.ts";
import { scriptedFanOut } from "../server/fan-out/scripted-fan-out.ts";

test("a caller has one context, which is its own", () => {
  const { context } = scriptedFanOut();
  const made: Caller[] = [];
  const contextFor = keptContexts((caller) => {
    made.push(caller);
    return { ...context, caller };
  });
  const other: Caller = { ...ANONYMOUS };
  expect(contextFor(ANONYMOUS)).toBe(contextFor(ANONYMOUS));
  expect(contextFor(ANONYMOUS).caller).toBe(ANONYMOUS);
  expect(contextFor(other).caller).toBe(other);
  expect(made).toEqual([ANONYMOUS, other]);
});
