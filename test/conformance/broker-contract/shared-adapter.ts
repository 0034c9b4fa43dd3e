import { afterAll, beforeAll } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import type { BrokerHarness, OpenAdapter } from "./harness.ts";

/** One adapter for the tests of a subject: call within `describe`, and the result within tests. */
export function sharedAdapter(harness: BrokerHarness): () => BrokerAdapter {
  let open: OpenAdapter | undefined;
  beforeAll(async () => {
    open = await harness.openAdapter();
  });
  afterAll(async () => {
    await open?.close();
  });
  return () => {
    if (!open) throw new Error("The adapter is open while tests run, and not before");
    return open.adapter;
  };
}
