import fc from "fast-check";
import { expect, test } from "vitest";
import type { QueuedMessage } from "../../../../../src/broker/embedded/queue/queued-message.ts";
import { ReturnedMessages } from "../../../../../src/broker/embedded/queue/returned-messages.ts";
import { storeMessage } from "../../../../../src/broker/embedded/stored-message.ts";
import { message } from "../../../../conformance/broker-contract/fixtures.ts";

const stored = storeMessage(message("", "work"), { routingKeys: ["work"] });

const queued = (place: number): QueuedMessage => ({
  stored,
  place,
  expiresAt: Infinity,
  redelivered: true,
});

test("they leave by their places, however they come and go", () => {
  const steps = fc.array(fc.option(fc.nat(1_000), { nil: "shift" as const }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (given) => {
      const returned = new ReturnedMessages();
      const expected: number[] = [];
      for (const step of given) {
        if (step === "shift") {
          expect(returned.first?.place).toBe(expected[0]);
          expect(returned.shift()?.place).toBe(expected.shift());
        } else {
          returned.push(queued(step));
          expected.push(step);
          expected.sort((a, b) => a - b);
        }
        expect(returned.size).toBe(expected.length);
      }
    }),
  );
});
