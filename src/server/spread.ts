import { setTimeout as wait } from "node:timers/promises";

/** So much of the window for each, in milliseconds: a few are closed at once, thousands take all of it. */
const EACH_MS = 10;

/**
 * Closes each of `items` at a moment of its own within `windowMs`, evenly but for chance: clients come
 * back when they are closed, and all at once they would be too much for whoever takes them.
 */
export async function closeSpread<T>(
  items: readonly T[],
  windowMs: number,
  close: (item: T) => Promise<void> | void,
): Promise<void> {
  const window = Math.min(windowMs, items.length * EACH_MS);
  await Promise.all(
    items.map(async (item, place) => {
      await wait(((place + Math.random()) / items.length) * window);
      await close(item);
    }),
  );
}
