import { expect, test } from "vitest";
import type { BrokerHarness } from "./harness.ts";

export function status(harness: BrokerHarness): void {
  test("is connected, with a virtual host and the time since when", async () => {
    const { adapter, close } = await harness.openAdapter();
    expect(adapter.status).toMatchObject({ state: "connected", virtualHost: expect.any(String) });
    expect(adapter.status.reason).toBeUndefined();
    expect(adapter.status.since.getTime()).toBeLessThanOrEqual(Date.now());
    await close();
  });

  test("tells its listeners that it closed, and no longer those that left", async () => {
    const { adapter, close } = await harness.openAdapter();
    const [told, left]: [string[], string[]] = [[], []];
    adapter.onStatus(({ state }) => told.push(state));
    adapter.onStatus(({ state }) => left.push(state))();
    await close();
    expect(told.at(-1)).toBe("closed");
    expect(left).toEqual([]);
    expect(adapter.status.state).toBe("closed");
    expect(adapter.status.reason).toEqual(expect.any(String));
  });

  test("is not changed by a second open", async () => {
    const { adapter, close } = await harness.openAdapter();
    const { since } = adapter.status;
    adapter.open();
    expect(adapter.status).toMatchObject({ state: "connected", since });
    await close();
  });
}
