import { expect, test } from "vitest";
import { fieldTable, FieldTimestamp, type FieldValue } from "../../../src/broker/field-table.ts";
import type { QueueSpec } from "../../../src/broker/topology.ts";
import { binding, declared, declaredQueue, message, queueSpec, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import {
  allIn,
  arrival,
  deathsOf,
  deleted,
  queueWith,
  queueWithDeadLetters,
  rejectAll,
  sent,
} from "./queue-contents.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const AT_A_TIME: unknown = expect.any(FieldTimestamp);

export function deadLetters(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("a rejected message says why, whence and how often, and has no expiration any more", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter());
    await adapter().publish(
      message("", queue, {
        body: Buffer.from("body"),
        headers: fieldTable({ kind: "order", CC: ["copy"] }),
        properties: { messageId: "m-1", persistent: true, priority: 4, expirationMs: 3_600_000 },
      }),
    );
    await rejectAll(adapter(), queue);
    const letter = await arrival(adapter(), dead);
    expect(letter).toMatchObject({ exchange: "", routingKey: dead, text: "body" });
    expect(letter.redelivered).toBe(false);
    expect(letter.properties).toMatchObject({ messageId: "m-1", persistent: true, priority: 4 });
    expect(letter.properties.expirationMs).toBeUndefined();
    expect(letter.headers).toEqual({
      kind: "order",
      "x-death": [
        {
          count: 1,
          reason: "rejected",
          queue,
          time: AT_A_TIME,
          exchange: "",
          "routing-keys": [queue, "copy"],
          "original-expiration": "3600000",
        },
      ],
      "x-first-death-exchange": "",
      "x-first-death-queue": queue,
      "x-first-death-reason": "rejected",
    });
    await deleted(adapter(), queue, dead);
  });

  test("without a routing key for dead letters, its own and its copies' are routed by, hidden ones too", async () => {
    const exchange = await declared(adapter(), "topic");
    const [copied, hidden] = [unique("copied"), unique("hidden")];
    const queue = await queueWith(adapter(), [], { "x-dead-letter-exchange": exchange });
    const dead = await Promise.all([queue, copied, hidden].map(() => declaredQueue(adapter())));
    for (const [place, routingKey] of [queue, copied, hidden].entries())
      await adapter().bind(binding(exchange, dead[place] ?? "", { routingKey }));
    const headers = fieldTable({ CC: [copied], BCC: [hidden] });
    await adapter().publish(message("", queue, { headers }));
    await rejectAll(adapter(), queue);
    for (const name of dead)
      expect(await arrival(adapter(), name)).toMatchObject({
        exchange,
        routingKey: queue,
        headers: { CC: [copied], "x-death": [{ "routing-keys": [queue, copied] }] },
      });
    await deleted(adapter(), queue, ...dead);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("deaths in several queues are counted, the newest first, each with its first time", async () => {
    const [waiting, work] = [unique("waiting"), unique("work")];
    await adapter().declareQueue(queueSpec(waiting, deadLetteredTo(work, { "x-message-ttl": 1 })));
    await adapter().declareQueue(queueSpec(work, deadLetteredTo(waiting)));
    await sent(adapter(), waiting, "round");
    const rounds = [
      await arrival(adapter(), work, "reject"),
      await arrival(adapter(), work, "reject"),
      await arrival(adapter(), work),
    ];
    const [time] = rounds.flatMap(({ headers }) => deathsOf(headers)).map((death) => death["time"]);
    const expired = { queue: waiting, reason: "expired", "routing-keys": [waiting] };
    const rejected = { queue: work, reason: "rejected", "routing-keys": [work] };
    expect(rounds.map(({ headers }) => headers["x-death"])).toMatchObject([
      [{ ...expired, count: 1 }],
      [
        { ...expired, count: 2, time },
        { ...rejected, count: 1 },
      ],
      [
        { ...expired, count: 3, time },
        { ...rejected, count: 2 },
      ],
    ]);
    for (const { headers } of rounds)
      expect(headers).toMatchObject({
        "x-first-death-queue": waiting,
        "x-first-death-reason": "expired",
        "x-first-death-exchange": "",
      });
    await deleted(adapter(), waiting, work);
  });

  test("what would come back to its queue by itself for ever is dropped, and what was rejected is not", async () => {
    const full = unique("full");
    await adapter().declareQueue(queueSpec(full, deadLetteredTo(full, { "x-max-length": 1 })));
    for (const body of ["1", "2", "3"]) await sent(adapter(), full, body);
    for (const deaths of [undefined, [{ count: 1 }], [{ count: 2 }]]) {
      const { text, headers } = await arrival(adapter(), full, "reject");
      expect({ text, deaths: headers["x-death"] }).toMatchObject({ text: "3", deaths });
    }
    await deleted(adapter(), full);
  });

  test.each<{ given: FieldValue; deaths: readonly unknown[] }>([
    { given: [], deaths: [{ reason: "rejected", count: 1 }] },
    {
      given: [fieldTable({ queue: "other", reason: "rejected", count: 7 })],
      deaths: [
        { reason: "rejected", count: 1 },
        { queue: "other", reason: "rejected", count: 7 },
      ],
    },
  ])("an x-death of the publisher's own is gone on with: $given", async ({ given, deaths }) => {
    const { queue, dead } = await queueWithDeadLetters(adapter());
    await adapter().publish(message("", queue, { headers: fieldTable({ "x-death": given }) }));
    await rejectAll(adapter(), queue);
    const { headers } = await arrival(adapter(), dead);
    expect(headers["x-death"]).toMatchObject(deaths);
    expect(headers).not.toHaveProperty("x-first-death-queue");
    await deleted(adapter(), queue, dead);
  });

  test("with no dead-letter exchange of that name they are gone", async () => {
    const queue = await queueWith(adapter(), ["1"], {
      "x-dead-letter-exchange": unique("missing"),
    });
    await rejectAll(adapter(), queue);
    expect(await allIn(adapter(), queue)).toEqual([]);
    await sent(adapter(), queue, "2");
    expect(await allIn(adapter(), queue)).toEqual(["2"]);
    await deleted(adapter(), queue);
  });

  test("what is purged or deleted with its queue is no dead letter", async () => {
    const { queue, dead } = await queueWithDeadLetters(adapter());
    await sent(adapter(), queue, "1");
    await adapter().purgeQueue(queue);
    await sent(adapter(), queue, "2");
    await rejectAll(adapter(), queue);
    await sent(adapter(), queue, "3");
    await deleted(adapter(), queue);
    expect((await arrival(adapter(), dead)).text).toBe("2");
    expect(await allIn(adapter(), dead)).toEqual([]);
    await deleted(adapter(), dead);
  });
}

function deadLetteredTo(
  queue: string,
  more: Record<string, FieldValue> = {},
): Pick<QueueSpec, "arguments"> {
  return {
    arguments: fieldTable({
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": queue,
      ...more,
    }),
  };
}
