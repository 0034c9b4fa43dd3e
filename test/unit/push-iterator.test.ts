import { describe, expect, test, vi } from "vitest";
import { PushIterator } from "../../src/push-iterator.ts";

function iterator(values: number[] = []) {
  const onReturn = vi.fn<() => void>();
  const source = {
    shift: () => values.shift(),
    clear: vi.fn<() => void>(() => {
      values.length = 0;
    }),
  };
  const iteration = new PushIterator<number>(source, onReturn);
  const push = (value: number) => {
    values.push(value);
    iteration.wake();
  };
  return { iteration, push, source, onReturn };
}

const OVER = { done: true, value: undefined };

describe("an iteration over what is pushed", () => {
  test("gives what is there, then what comes", async () => {
    const { iteration, push } = iterator([1]);
    expect(await iteration.next()).toEqual({ done: false, value: 1 });
    const waiting = iteration.next();
    push(2);
    expect(await waiting).toEqual({ done: false, value: 2 });
  });

  test("gives each of several readers that wait one value, in the order of asking", async () => {
    const { iteration, push } = iterator();
    const waiting = Promise.all([iteration.next(), iteration.next(), iteration.next()]);
    for (const value of [1, 2, 3]) push(value);
    expect((await waiting).map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  test("is iterated with for await", async () => {
    const { iteration } = iterator([1, 2, 3]);
    const seen: number[] = [];
    for await (const value of iteration) {
      seen.push(value);
      if (value === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    expect(await iteration.next()).toEqual(OVER);
  });
});

describe("`return` acts at once", () => {
  test("on readers that wait", async () => {
    const { iteration, onReturn } = iterator();
    const waiting = Promise.all([iteration.next(), iteration.next()]);
    expect(await iteration.return()).toEqual(OVER);
    expect(await waiting).toEqual([OVER, OVER]);
    expect(onReturn).toHaveBeenCalledOnce();
  });

  test("on what was not read: it is forgotten", async () => {
    const { iteration, source } = iterator([1, 2]);
    await iteration.return();
    expect(source.clear).toHaveBeenCalledOnce();
    expect(await iteration.next()).toEqual(OVER);
  });

  test("and once: a second `return`, a `fail` and a `wake` change nothing", async () => {
    const { iteration, push, onReturn } = iterator();
    await Promise.all([iteration.return(), iteration.return()]);
    iteration.fail(new Error("too late"));
    push(1);
    expect(await iteration.next()).toEqual(OVER);
    expect(onReturn).toHaveBeenCalledOnce();
  });

  test("so does `throw`, which gives the error back", async () => {
    const { iteration, onReturn } = iterator([1]);
    await expect(iteration.throw(new Error("given up"))).rejects.toThrow("given up");
    expect(await iteration.next()).toEqual(OVER);
    expect(onReturn).toHaveBeenCalledOnce();
  });
});

describe("an iteration that fails", () => {
  test("rejects for the reader that waits, and is over for the others and from then on", async () => {
    const { iteration, onReturn } = iterator();
    const [first, second] = [iteration.next(), iteration.next()];
    iteration.fail(new Error("the broker closed"));
    await expect(first).rejects.toThrow("the broker closed");
    expect(await second).toEqual(OVER);
    expect(await iteration.next()).toEqual(OVER);
    expect(onReturn).toHaveBeenCalledOnce();
  });

  test("gives first what is there, then the error, then the end", async () => {
    const { iteration, onReturn } = iterator([1, 2]);
    iteration.fail(new Error("the broker closed"));
    iteration.fail(new Error("another"));
    expect(await iteration.next()).toEqual({ done: false, value: 1 });
    expect(await iteration.next()).toEqual({ done: false, value: 2 });
    expect(onReturn).not.toHaveBeenCalled();
    await expect(iteration.next()).rejects.toThrow("the broker closed");
    expect(await iteration.next()).toEqual(OVER);
    expect(onReturn).toHaveBeenCalledOnce();
  });
});
