import { expect, test } from "vitest";
import { dialRound, NoneAnswered } from "../../../../src/broker/rabbitmq/dial-round.ts";

const URLS = ["a", "b", "c"];
const NEVER = new AbortController().signal;

/** Dials that fail but for those to `up`; `dialled` has them in order. */
function network(...up: readonly string[]) {
  const dialled: string[] = [];
  const dial = async (url: string) => {
    dialled.push(url);
    if (!up.includes(url)) throw new Error(`${url} is down`);
    return url;
  };
  return { dialled, dial };
}

test.each([
  [0, ["a", "b", "c"]],
  [0.5, ["b", "c", "a"]],
  [0.999, ["c", "b", "a"]],
])("the order is by chance: %d", async (chance, order) => {
  const { dialled, dial } = network();
  await expect(dialRound(URLS, dial, NEVER, () => chance)).rejects.toThrow(NoneAnswered);
  expect(dialled).toEqual(order);
});

test("each is first as often as the others", async () => {
  const firsts = new Map<string, number>();
  for (let round = 0; round < 3_000; round++) {
    const { dialled, dial } = network(...URLS);
    await dialRound(URLS, dial, NEVER);
    const [first = ""] = dialled;
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
  }
  expect([...firsts.keys()].toSorted()).toEqual(URLS);
  for (const count of firsts.values()) expect(count).toBeGreaterThan(800);
});

test("the first that answers is taken, and the rest are left alone", async () => {
  const { dialled, dial } = network("b", "c");
  expect(await dialRound(URLS, dial, NEVER, () => 0)).toBe("b");
  expect(dialled).toEqual(["a", "b"]);
});

test("where none answers, each says why; where there is one alone, it does", async () => {
  const { dial } = network();
  const error = await dialRound(URLS, dial, NEVER, () => 0).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    message: "None of 3 brokers could be connected to",
    errors: [{ message: "a is down" }, { message: "b is down" }, { message: "c is down" }],
  });
  await expect(dialRound(["a"], dial, NEVER)).rejects.toThrow("a is down");
});

test("ends between two dials when nobody waits any more", async () => {
  const giveUp = new AbortController();
  const { dialled, dial } = network("c");
  const dialAndGiveUp = (url: string) => {
    giveUp.abort();
    return dial(url);
  };
  await expect(dialRound(URLS, dialAndGiveUp, giveUp.signal, () => 0)).rejects.toThrow(/abort/);
  expect(dialled).toEqual(["a"]);
});
