import * as fc from "fast-check";
import { expect, test } from "vitest";
import { declared, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";
import { routingKeys, topicPatterns } from "./topic-arbitraries.ts";
import { topicMatches } from "./topic-reference.ts";

/** A key that every tap is bound to and none generates: what was published before it has arrived with it. */
const MARKER = "marker";

export function topicProperties(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("route generated keys to generated patterns as AMQP says", { timeout: 60_000 }, async () => {
    const patternLists = fc.uniqueArray(topicPatterns, { minLength: 20, maxLength: 20 });
    const keyLists = fc.array(routingKeys, { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(patternLists, keyLists, async (patterns, keys) => {
        const exchange = await declared(adapter(), "topic");
        const taps = await Promise.all(
          patterns.map((pattern) => tapped(adapter(), exchange, [pattern, MARKER])),
        );
        await Promise.all(
          [...keys, MARKER].map((key) => adapter().publish(message(exchange, key))),
        );
        await Promise.all(
          taps.map(({ recorder }) => recorder.until(() => recorder.routingKeys.at(-1) === MARKER)),
        );
        const received = taps.map(({ recorder }) => recorder.routingKeys.slice(0, -1));
        await Promise.all(taps.map(({ tap }) => tap.close()));
        await adapter().deleteExchange(exchange, { ifUnused: true });
        const asAmqpSays = patterns.map((pattern) =>
          keys.filter((key) => topicMatches(pattern, key)),
        );
        expect(received).toEqual(asAmqpSays);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
}
