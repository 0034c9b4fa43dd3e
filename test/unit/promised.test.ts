import { expect, test } from "vitest";
import { promised } from "../../src/promised.ts";

test("what is promised is the very promise", () => {
  const promise = Promise.resolve(1);
  expect(promised(() => promise)).toBe(promise);
});

test("what is thrown before there is a promise rejects", async () => {
  const error = new TypeError("at once");
  const rejected = promised(() => {
    throw error;
  });
  await expect(rejected).rejects.toBe(error);
});
