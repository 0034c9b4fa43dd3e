import { expect, test } from "vitest";
import { coded } from "./coded.ts";
import { binding, declared, declaredQueue, message } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { ConsumerRecorder } from "./consumer-recorder.ts";
import {
  allIn,
  arrival,
  deleted,
  queueWith,
  queueWithDeadLetters,
  sent,
  taken,
} from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const REJECTING = { "x-max-length": 1, "x-overflow": "reject-publish" };

export function queueBounds(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each([
    { bound: "length", limit: { "x-max-length": 2 } },
    { bound: "bytes", limit: { "x-max-length-bytes": 2 } },
  ])("past its $bound the oldest are dead letters, in order", async ({ limit }) => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), limit);
    for (const body of ["1", "2", "3", "4"]) await sent(adapter(), queue, body);
    const letters = [await arrival(adapter(), dead), await arrival(adapter(), dead)];
    expect(letters.map(({ text }) => text)).toEqual(["1", "2"]);
    expect(letters[0]?.headers).toMatchObject({
      "x-death": [{ reason: "maxlen", queue, count: 1 }],
    });
    expect(await allIn(adapter(), queue)).toEqual(["3", "4"]);
    await deleted(adapter(), queue, dead);
  });

  test("what comes back to a full queue is the oldest, and so goes", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), { "x-max-length": 2 });
    await sent(adapter(), queue, "1");
    const reader = await adapter().openReader(queue, { putsBack: false });
    const [first] = await taken(reader, 1);
    for (const body of ["2", "3"]) await sent(adapter(), queue, body);
    first?.settle("requeue");
    expect((await arrival(adapter(), dead)).text).toBe("1");
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["2", "3"]);
    await deleted(adapter(), queue, dead);
  });

  test("of priorities, the head goes first here too: the most urgent", async () => {
    const queue = await queueWith(adapter(), [], { "x-max-length": 2, "x-max-priority": 5 });
    for (const priority of [1, 5, 0]) await sent(adapter(), queue, String(priority), { priority });
    expect(await allIn(adapter(), queue)).toEqual(["1", "0"]);
    await deleted(adapter(), queue);
  });

  test("one that rejects publishes when full says so to the publisher, and keeps what it has", async () => {
    const queue = await queueWith(adapter(), ["1"], REJECTING);
    const refused = message("", queue, { body: Buffer.from("2") });
    await expect(adapter().publish(refused)).rejects.toEqual(
      coded("PUBLISH_REFUSED", refused.properties.messageId),
    );
    expect(await allIn(adapter(), queue)).toEqual(["1"]);
    await sent(adapter(), queue, "3");
    expect(await allIn(adapter(), queue)).toEqual(["3"]);
    await deleted(adapter(), queue);
  });

  test("it counts what waits, and not what consumers hold; what comes back always has room", async () => {
    const queue = await queueWith(adapter(), ["1"], REJECTING);
    const reader = await adapter().openReader(queue, { putsBack: false });
    await taken(reader, 1);
    await sent(adapter(), queue, "2");
    await reader.close();
    expect(await allIn(adapter(), queue)).toEqual(["1*", "2"]);
    await deleted(adapter(), queue);
  });

  test("other queues have what one of them refuses", async () => {
    const exchange = await declared(adapter(), "fanout");
    const full = await queueWith(adapter(), ["1"], REJECTING);
    const other = await declaredQueue(adapter());
    for (const queue of [full, other]) await adapter().bind(binding(exchange, queue));
    await expect(
      adapter().publish(message(exchange, "", { body: Buffer.from("2") })),
    ).rejects.toEqual(coded("PUBLISH_REFUSED"));
    expect((await arrival(adapter(), other)).text).toBe("2");
    expect(await allIn(adapter(), full)).toEqual(["1"]);
    await deleted(adapter(), full, other);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("what is refused is a dead letter where the queue says so", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter(), {
      "x-max-length": 1,
      "x-overflow": "reject-publish-dlx",
    });
    await sent(adapter(), queue, "1");
    await expect(sent(adapter(), queue, "2")).rejects.toEqual(coded("PUBLISH_REFUSED"));
    const letter = await arrival(adapter(), dead);
    expect(letter.text).toBe("2");
    expect(letter.headers).toMatchObject({ "x-death": [{ reason: "maxlen", queue }] });
    expect(await allIn(adapter(), queue)).toEqual(["1"]);
    await deleted(adapter(), queue, dead);
  });

  test("without room for any message, one goes to a consumer that waits, or is refused", async () => {
    const dropping = await queueWith(adapter(), [], { "x-max-length": 0 });
    const rejecting = await queueWith(adapter(), [], { ...REJECTING, "x-max-length": 0 });
    const recorder = new ConsumerRecorder("ack");
    const consumptions = [
      await adapter().consume(dropping, { prefetch: 1 }, recorder),
      await adapter().consume(rejecting, { prefetch: 1 }, recorder),
    ];
    await sent(adapter(), dropping, "taken");
    await expect(sent(adapter(), rejecting, "refused")).rejects.toEqual(coded("PUBLISH_REFUSED"));
    await recorder.received(1);
    for (const consumption of consumptions) await consumption.close();
    expect(recorder.bodies).toEqual(["taken"]);
    await deleted(adapter(), dropping, rejecting);
  });
}
