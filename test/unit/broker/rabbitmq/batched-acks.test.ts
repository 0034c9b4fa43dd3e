import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BatchedAcks, type Tagged } from "../../../../src/broker/rabbitmq/batched-acks.ts";

/** What a broker does with acknowledgements (AMQP 0-9-1 section 1.8.3.13). */
class BrokerSide {
  readonly held = new Set<number>();
  readonly acked = new Set<number>();
  frames = 0;

  ack({ tag: acked }: Tagged, allUpTo: boolean): boolean {
    this.frames++;
    if (!this.held.has(acked)) throw new Error(`unknown delivery tag ${acked}`);
    for (const tag of this.held)
      if (tag === acked || (allUpTo && tag < acked)) {
        this.held.delete(tag);
        this.acked.add(tag);
      }
    return true;
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
          acks.delivered({ tag });
        } else if (does === "turn") await Promise.resolve();
        else {
          const [settled] = unsettled.splice(place % Math.max(1, unsettled.length), 1);
          if (settled === undefined) continue;
          if (does === "ack") {
            acked.add(settled);
            acks.ack({ tag: settled });
          } else {
            acks.settled({ tag: settled });
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
    acks.delivered({ tag });
  }
  for (const tag of [2, 1, 3, 5]) acks.ack({ tag });
  expect(broker.frames).toBe(0);
  await Promise.resolve();
  expect(broker.frames).toBe(2);
  expect(broker.acked).toEqual(new Set([1, 2, 3, 5]));
  expect(broker.held.size).toBe(56);
});
