import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines, type Timed } from "../../../../src/broker/rabbitmq/deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

class Item implements Timed<Item> {
  readonly name: string;
  deadlines: Deadlines<Item> | undefined = undefined;
  dueAt = 0;
  earlier: Item | undefined = undefined;
  later: Item | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }
}

function timed() {
  const late: string[] = [];
  const deadlines = new Deadlines<Item>(100, (item) => late.push(item.name));
  const add = (name: string) => {
    const item = new Item(name);
    deadlines.add(item);
    return item;
  };
  return { deadlines, late, add };
}

test("each is late in its own time, with one timer for all", () => {
  const { late, add } = timed();
  add("a");
  vi.advanceTimersByTime(30);
  add("b");
  add("c");
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(70);
  expect(late).toEqual(["a"]);
  vi.advanceTimersByTime(30);
  expect(late).toEqual(["a", "b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("what is removed is never late, wherever it stood, and may be removed again", () => {
  const { deadlines, late, add } = timed();
  const items = ["a", "b", "c", "d", "e"].map(add);
  for (const place of [0, 2, 4, 2]) deadlines.remove(items[place] as Item);
  add("f");
  vi.advanceTimersByTime(100);
  expect(late).toEqual(["b", "d", "f"]);
  deadlines.remove(items[1] as Item);
  add("g");
  vi.advanceTimersByTime(100);
  expect(late).toEqual(["b", "d", "f", "g"]);
});

test("goes on after all were in time", () => {
  const { deadlines, late, add } = timed();
  deadlines.remove(add("a"));
  vi.advanceTimersByTime(60);
  add("b");
  vi.advanceTimersByTime(99);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual(["b"]);
});

test("what is added by one that is late waits in turn", () => {
  const late: string[] = [];
  const deadlines: Deadlines<Item> = new Deadlines<Item>(100, (item) => {
    late.push(item.name);
    if (item.name === "a") deadlines.add(new Item("again"));
  });
  deadlines.add(new Item("a"));
  vi.advanceTimersByTime(100);
  expect(late).toEqual(["a"]);
  vi.advanceTimersByTime(100);
  expect(late).toEqual(["a", "again"]);
});
