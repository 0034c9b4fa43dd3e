/** `source`, and `over` when that is at its end, however it comes to it. */
export function untilOver<T>(
  source: AsyncIterator<T, undefined>,
  over: () => void,
): AsyncIterableIterator<T, undefined> {
  return {
    async next() {
      try {
        const result = await source.next();
        if (result.done) over();
        return result;
      } catch (error) {
        over();
        throw error;
      }
    },
    async return() {
      over();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
