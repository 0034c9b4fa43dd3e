import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { QueueSpec } from "../../../src/broker/topology.ts";
import { Retries, type RetriesBroker } from "../../../src/work/retries.ts";
import { TestMessage } from "../../harness/test-message.ts";

const SPARE_MS = 60_000;
const DELAY_MS = 2_000;
const ORDER = { queue: "orders", attempt: 2, delayMs: DELAY_MS };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A broker whose answers take their time, with when the queue's life was renewed and when messages reached it. */
class SlowBroker implements RetriesBroker {
  readonly user = "guest";
  readonly renewed: number[] = [];
  readonly arrived: number[] = [];
  spec: QueueSpec | undefined;
  forwardMs = 0;
  isThere = true;

  async declareOwnQueue(spec: QueueSpec): Promise<void> {
    this.isThere = true;
    this.spec = spec;
    this.renewed.push(performance.now());
  }

  async forward(): Promise<{ routed: boolean }> {
    if (this.forwardMs > 0) await new Promise((done) => setTimeout(done, this.forwardMs));
    this.arrived.push(performance.now());
    return { routed: this.isThere };
  }

  /** How much longer the queue would live than the message that came last. */
  get leftMs(): number {
    const queueMs = Number(this.spec?.arguments["x-expires"]);
    const messageMs = Number(this.spec?.arguments["x-message-ttl"]);
    return (this.renewed.at(-1) ?? NaN) + queueMs - ((this.arrived.at(-1) ?? NaN) + messageMs);
  }
}

test("to the last instant in which a declaration is relied on, a message expires well before its queue", async () => {
  const broker = new SlowBroker();
  const retries = new Retries(broker, SPARE_MS);
  const left: number[] = [];
  for (let ms = 0; ms < 3 * SPARE_MS; ms += 500) {
    await retries.send(new TestMessage(), ORDER);
    left.push(broker.leftMs);
    vi.advanceTimersByTime(500);
  }
  expect(Math.max(...left)).toBe(SPARE_MS);
  expect(Math.min(...left)).toBe((SPARE_MS / 3) * 2 + 500);
  // Relied on for a third of the time that there is to spare, and no shorter either.
  expect(broker.renewed.length).toBeLessThanOrEqual(9);
});

test("a confirm within the time to spare is believed; after it the message may have gone with its queue", async () => {
  const broker = new SlowBroker();
  const retries = new Retries(broker, SPARE_MS);
  await retries.send(new TestMessage(), ORDER);
  vi.advanceTimersByTime(SPARE_MS / 3 - 1);

  const sendTaking = async (forwardMs: number) => {
    broker.forwardMs = forwardMs;
    const sent = retries.send(new TestMessage(), ORDER).then(
      () => "sent",
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(forwardMs);
    return await sent;
  };

  const late = SPARE_MS * (2 / 3);
  expect(await sendTaking(late)).toBe("sent");
  expect(broker.leftMs).toBeGreaterThan(0);
  vi.advanceTimersByTime(SPARE_MS);
  expect(await sendTaking(SPARE_MS)).toMatchObject({ code: "CONFIRM_UNKNOWN" });
  expect(broker.leftMs).toBe(0);
  // What is retried next does not rely on what was late.
  const { length } = broker.renewed;
  expect(await sendTaking(0)).toBe("sent");
  expect(broker.renewed).toHaveLength(length + 1);
});

test("a queue that is gone is declared again, and published to again", async () => {
  const broker = new SlowBroker();
  const retries = new Retries(broker, SPARE_MS);
  await retries.send(new TestMessage(), ORDER);
  broker.isThere = false;
  await retries.send(new TestMessage(), ORDER);
  expect([broker.renewed.length, broker.arrived.length]).toEqual([2, 3]);
});

test("a message whose headers cannot be read is not copied without them", async () => {
  const broker = new SlowBroker();
  const message = Object.assign(new TestMessage(), { hasUnreadableHeaders: true });
  await expect(new Retries(broker, SPARE_MS).send(message, ORDER)).rejects.toMatchObject({
    code: "NOT_SUPPORTED",
    message: expect.stringMatching(/headers cannot be read/),
  });
  expect(broker.arrived).toEqual([]);
});
