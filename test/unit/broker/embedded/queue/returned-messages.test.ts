import { array, assert, nat, option, property } from "fast-check";
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

/** Undefined: the oldest leaves; a number: one with that place comes. */
const steps = array(option(nat(1_000), { nil: undefined }), { maxLength: 200 });

test("they leave by their places, however they come and go", () => {
  assert(
    property(steps, (given) => {
      const returned = new ReturnedMessages();
      const sorted: number[] = [];
      for (const place of given) {
        if (place !== undefined) {
          returned.push(queued(place));
          sorted.push(place);
          sorted.sort((a, b) => a - b);
        }
        expect([returned.size, returned.first?.place]).toEqual([sorted.length, sorted[0]]);
        const left = place === undefined ? [returned.shift()?.place, sorted.shift()] : [0, 0];
        expect(left[0]).toBe(left[1]);
      }
    }),
  );
});
