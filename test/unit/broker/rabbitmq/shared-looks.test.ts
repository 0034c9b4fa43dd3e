import { expect, test } from "vitest";
import { SharedLooks } from "../../../../src/broker/rabbitmq/shared-looks.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Looks that end when a test says so, numbered. */
function looking() {
  const looks = new SharedLooks<number>();
  const ends: ((error?: Error) => void)[] = [];
  const look = () => {
    const number = ends.length + 1;
    return new Promise<number>((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve(number)));
    });
  };
  return { at: (key: string) => looks.at(key, look), ends };
}

test("all who ask before it begins share one; who asks later gets the next", async () => {
  const { at, ends } = looking();
  const early = [at("a"), at("a")];
  await nextTurn();
  const late = [at("a"), at("a")];
  await nextTurn();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect(await Promise.all(early)).toEqual([1, 1]);
  await nextTurn();
  ends[1]?.();
  expect(await Promise.all(late)).toEqual([2, 2]);
});

test("one that fails is its askers' alone, and each key has its own", async () => {
  const { at, ends } = looking();
  const failing = at("a").catch(({ message }: Error) => message);
  const other = at("b");
  await nextTurn();
  const next = at("a");
  ends[0]?.(new Error("away"));
  expect(await failing).toBe("away");
  await nextTurn();
  ends[1]?.();
  ends[2]?.();
  expect([await other, await next]).toEqual([2, 3]);
});
