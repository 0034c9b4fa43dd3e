import { expect, test } from "vitest";
import { Restoration } from "../../../../src/broker/rabbitmq/restoration.ts";

/** Something that is lost, and whose tries fail unless `onTry` says that they do not. */
function lost(onTry: (tries: number) => boolean | Promise<boolean>, minMs = 1) {
  const state = { isLost: true, hasConnection: true, isFinal: false, tries: 0, now: 0, most: 0 };
  const closing = new AbortController();
  const restoration = new Restoration(
    {
      isNeeded: () => state.isLost && !closing.signal.aborted,
      hasConnection: () => state.hasConnection,
      async restore() {
        state.most = Math.max(state.most, ++state.now);
        const hasSucceeded = await onTry(++state.tries);
        state.now--;
        if (!hasSucceeded) throw new Error("not yet");
        state.isLost = false;
      },
      isToBeTriedAgain: () => !state.isFinal,
    },
    { minMs, signal: closing.signal },
  );
  return { state, restoration, closing };
}

test("tries until it is there, one try at a time, however often it is called", async () => {
  const { state, restoration } = lost((tries) => {
    restoration.start();
    return tries === 5;
  });
  for (let times = 0; times < 3; times++) restoration.start();
  await restoration.settled();
  expect(state).toMatchObject({ isLost: false, tries: 5, most: 1 });
});

test("what is not lost is left alone, and what is lost again is restored again", async () => {
  const { state, restoration } = lost(() => true);
  state.isLost = false;
  restoration.start();
  await restoration.settled();
  expect(state.tries).toBe(0);
  for (let times = 1; times <= 2; times++) {
    state.isLost = true;
    restoration.start();
    await restoration.settled();
    expect(state).toMatchObject({ isLost: false, tries: times });
  }
});

test("without a connection it waits for the next", async () => {
  const { state, restoration } = lost((tries) => tries === 2);
  state.hasConnection = false;
  restoration.start();
  await restoration.settled();
  expect(state).toMatchObject({ isLost: true, tries: 1 });
  state.hasConnection = true;
  restoration.start();
  await restoration.settled();
  expect(state).toMatchObject({ isLost: false, tries: 2 });
});

test("a connection that comes during a try is not missed", async () => {
  const { state, restoration } = lost((tries) => {
    if (tries === 1) {
      state.hasConnection = true;
      restoration.start();
    }
    return tries === 2;
  });
  state.hasConnection = false;
  restoration.start();
  await restoration.settled();
  expect(state).toMatchObject({ isLost: false, tries: 2 });
});

test("a failure that would be the same again ends it", async () => {
  const { state, restoration } = lost(() => false);
  state.isFinal = true;
  restoration.start();
  await restoration.settled();
  expect(state.tries).toBe(1);
});

test("closing ends the wait", async () => {
  const { state, restoration, closing } = lost(() => {
    setImmediate(() => closing.abort());
    return false;
  }, 60_000);
  restoration.start();
  await restoration.settled();
  expect(state.tries).toBe(1);
});
