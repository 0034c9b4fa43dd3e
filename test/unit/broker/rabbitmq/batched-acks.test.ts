import type { ConsumeMessage } from "amqplib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BatchedAcks } from "../../../../src/broker/rabbitmq/batched-acks.ts";

function message(deliveryTag: number): ConsumeMessage {
  return {
    content: Buffer.alloc(0),
    fields: { consumerTag: "c", deliveryTag, redelivered: false, exchange: "", routingKey: "" },
    properties: {},
  } as ConsumeMessage;
}

/** What a broker does with acknowledgements (AMQP 0-9-1 section 1.8.3.13). */
class BrokerSide {
  readonly held = new Set<number>();
  readonly acked = new Set<number>();
  frames = 0;

  ack({ fields: { deliveryTag } }: ConsumeMessage, allUpTo: boolean): void {
    this.frames++;
    if (!this.held.has(deliveryTag)) throw new Error(`unknown delivery tag ${deliveryTag}`);
    for (const tag of this.held)
      if (tag === deliveryTag || (allUpTo && tag < deliveryTag)) {
        this.held.delete(tag);
        this.acked.add(tag);
      }
  }
}

const steps = fc.array(
  fc.oneof(
    fc.constant({ does: "deliver" as const, place: 0 }),
    fc.record({
      does: fc.constantFrom("ack" as const, "nack" as const),
      place: fc.oneof(fc.constant(0), fc.nat(20)),
    }),
    fc.constant({ does: "turn" as const, place: 0 }),
  ),
  { maxLength: 80 },
);

test("the broker has exactly those acknowledged that were, in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const broker = new BrokerSide();
      const acks = new BatchedAcks(broker);
      const [unsettled, acked] = [[] as number[], new Set<number>()];
      let tag = 0;
      for (const { does, place } of all) {
        if (does === "deliver") {
          tag++;
          broker.held.add(tag);
          unsettled.push(tag);
          acks.delivered(message(tag));
        } else if (does === "turn") await Promise.resolve();
        else {
          const [settled] = unsettled.splice(place % Math.max(1, unsettled.length), 1);
          if (settled === undefined) continue;
          if (does === "ack") {
            acked.add(settled);
            acks.ack(message(settled));
          } else {
            acks.settled(message(settled));
            broker.held.delete(settled);
          }
        }
      }
      acks.flush();
      expect(broker.acked).toEqual(acked);
      expect([...broker.held]).toEqual(unsettled);
    }),
  );
});

test("what is acknowledged in one turn, with nothing unsettled before it, is one frame", async () => {
  const broker = new BrokerSide();
  const acks = new BatchedAcks(broker);
  for (let tag = 1; tag <= 60; tag++) {
    broker.held.add(tag);
    acks.delivered(message(tag));
  }
  for (const tag of [2, 1, 3, 5]) acks.ack(message(tag));
  expect(broker.frames).toBe(0);
  await Promise.resolve();
  expect(broker.frames).toBe(2);
  expect(broker.acked).toEqual(new Set([1, 2, 3, 5]));
  expect(broker.held.size).toBe(56);
});

test("a channel that is gone is nobody's trouble", () => {
  const acks = new BatchedAcks({
    ack: () => {
      throw new Error("Channel closed");
    },
  });
  acks.delivered(message(1));
  acks.ack(message(1));
  expect(() => acks.flush()).not.toThrow();
});
