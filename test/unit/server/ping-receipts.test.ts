import { expect, test, vi } from "vitest";
import { PingReceipts } from "../../../src/server/ping-receipts.ts";

function scripted() {
  const sent: string[] = [];
  const overdue = vi.fn<() => void>();
  const receipts = new PingReceipts({ send: (text) => sent.push(text), overdue, timeoutMs: 20 });
  return { sent, overdue, receipts };
}

const nextPing = () => new Promise<void>((resolve) => setImmediate(resolve));

test("one ping is in flight at a time, for all that came before it", async () => {
  const { sent, receipts } = scripted();
  const received: string[] = [];
  for (const what of ["a", "b"]) receipts.confirm(() => received.push(what));
  await nextPing();
  receipts.confirm(() => received.push("c"));
  await nextPing();
  expect(sent).toEqual([JSON.stringify({ type: "ping", payload: { receipt: 1 } })]);
  receipts.pong({ receipt: 2 });
  expect(received).toEqual([]);
  receipts.pong({ receipt: 1 });
  expect(received).toEqual(["a", "b"]);
  await nextPing();
  expect(sent).toHaveLength(2);
  receipts.pong(undefined);
  expect(received).toEqual(["a", "b", "c"]);
  receipts.stop();
});

test("a client that sends pongs unasked must say which ping it answers", async () => {
  const { receipts } = scripted();
  const received = vi.fn<() => void>();
  receipts.pong(undefined);
  receipts.confirm(received);
  await nextPing();
  receipts.pong(undefined);
  expect(received).not.toHaveBeenCalled();
  receipts.pong({ receipt: 1 });
  expect(received).toHaveBeenCalledOnce();
  receipts.stop();
});

test("a ping that is not answered in time is told, and nothing is received", async () => {
  const { overdue, receipts } = scripted();
  const received = vi.fn<() => void>();
  receipts.confirm(received);
  await vi.waitFor(() => expect(overdue).toHaveBeenCalledOnce());
  receipts.stop();
  receipts.pong({ receipt: 1 });
  expect(received).not.toHaveBeenCalled();
});
