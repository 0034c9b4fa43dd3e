import { describe, expect, test } from "vitest";
import { SilentIteration } from "../../../../src/server/fan-out/silent-iteration.ts";

class Iteration extends SilentIteration {
  isAwaited = true;
  returned = 0;

  protected override onReturn(): void {
    this.returned++;
  }
}

const OVER = { done: true, value: undefined };

/** What came first: the end of `waiting`, or everything that was due. */
const soon = (waiting: Promise<unknown>) =>
  Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, "pending"))]);

describe("an iteration that yields nothing", () => {
  test("is over when its reader ends it, which is told once", async () => {
    const iteration = new Iteration();
    const next = iteration.next();
    expect(await soon(next)).toBe("pending");
    expect(await iteration.return()).toEqual(OVER);
    expect(await next).toEqual(OVER);
    expect(await iteration.next()).toEqual(OVER);
    await iteration.return();
    iteration.fail(new Error("too late"));
    expect(await iteration.next()).toEqual(OVER);
    expect(iteration.returned).toBe(1);
  });

  test.for(["before it is read", "while it is read"])("fails once, %s", async (when) => {
    const iteration = new Iteration();
    const read = when === "while it is read" ? iteration.next() : undefined;
    iteration.fail(new Error("gone"));
    await expect(read ?? iteration.next()).rejects.toThrow("gone");
    expect(await iteration.next()).toEqual(OVER);
    await iteration.return();
    expect(iteration.returned).toBe(0);
  });

  test("tells nobody of its end where another operation has taken its id in that turn", async () => {
    const iteration = new Iteration();
    const next = iteration.next();
    void iteration.return();
    iteration.isAwaited = false;
    expect(await soon(next)).toBe("pending");
    expect(await soon(iteration.next())).toBe("pending");
    expect(iteration.returned).toBe(1);
  });
});
