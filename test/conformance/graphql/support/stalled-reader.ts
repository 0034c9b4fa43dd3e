import { setImmediate as nextTurn } from "node:timers/promises";
import { TestMessage } from "../../../harness/test-message.ts";
import type { ScriptedTap } from "../../../harness/scripted-adapter.ts";

/** More than the kernel holds for a connection whose other end has stopped reading. */
export const STALL_BYTES = 24 * 1_048_576;

/** Delivers messages with the routing keys `1`, `2` and so on, one a turn of the event loop. */
export async function deliverMany(
  tap: ScriptedTap,
  { from = 1, count, bytes }: { from?: number; count: number; bytes: number },
): Promise<void> {
  const body = Buffer.alloc(bytes, "x");
  for (let place = from; place < from + count; place++) {
    tap.deliver(new TestMessage({ routingKey: String(place), body }));
    await nextTurn();
  }
}
