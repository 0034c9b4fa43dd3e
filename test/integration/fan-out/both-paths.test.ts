import * as fc from "fast-check";
import { assertCompositeType, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "../../../src/schema/schema.ts";
import type { TestGateway } from "../../harness/gateway.ts";
import { ProtocolSocket } from "../../conformance/graphql/support/protocol-socket.ts";
import { sharedGateway } from "../../conformance/graphql/support/shared-gateway.ts";
import { openSse } from "../../conformance/graphql/support/sse-stream.ts";
import { declared, liveFeed, published } from "../../conformance/graphql/support/user.ts";
import { withoutLanes } from "../../conformance/graphql/support/without-lanes.ts";
import { FLAG_VALUES, FLAGS, selections } from "../../unit/server/fan-out/selections.ts";

const HEADER = `($exchange: String!, ${FLAGS.map((flag) => `$${flag}: Boolean!`).join(", ")})`;

describe("a subscription is answered alike in a group and by Yoga", () => {
  // What is generated has more of these than most clients ask for.
  const gateway = sharedGateway({
    broker: "embedded",
    maxDocumentAliases: 10_000,
    maxDocumentDirectives: 10_000,
    maxDocumentDepth: 100,
    maxDocumentTokens: 100_000,
    maxDocumentCost: 1_000_000,
  });

  test.for([
    ["messages", "Message"],
    ["feed", "FeedEvent"],
  ] as const)(
    "%s, whatever is selected and published",
    { timeout: 60_000 },
    async ([field, type]) => {
      const below = selections(schema, assertCompositeType(schema.getType(type)), 3);
      const socket = await ProtocolSocket.open(gateway().wsUrl);
      await fc.assert(
        fc.asyncProperty(
          below,
          fc.array(messages, { minLength: 1, maxLength: 4 }),
          async (text, sent) => {
            const query = `subscription S${HEADER} { told: ${field}(exchange: $exchange) ${text} }`;
            fc.pre(validate(schema, parse(query)).length === 0);
            const [inAGroup, byYoga] = await answers(gateway(), socket, query, sent);
            expect(inAGroup).toHaveLength(sent.length);
            expect(inAGroup).toEqual(byYoga);
          },
        ),
        { numRuns: 40 },
      );
      await socket.close();
    },
  );
});

/** The results for each of `sent`, as they stood in the bytes. */
async function answers(
  gateway: TestGateway,
  socket: ProtocolSocket,
  query: string,
  sent: readonly Record<string, unknown>[],
): Promise<[string[], string[]]> {
  const exchange = await declared(gateway, "FANOUT");
  const variables = { exchange, ...FLAG_VALUES };
  const grouped = socket.subscribe(query, variables);
  const stream = await openSse(withoutLanes(gateway), query, variables);
  // Joined last, so that what it hears the others hear.
  const last = await liveFeed(socket, { exchange });
  for (const message of sent) await published(gateway, { exchange, ...message });
  await last.results.takeMany(sent.length);
  // Being live is the first event of a feed, and at another time for each.
  const news = query.includes("feed(") ? 1 : 0;
  await grouped.results.takeMany(news + sent.length);
  for (let place = 0; place < news + sent.length; place++) await stream.next();
  for (const operation of [grouped, last]) operation.complete();
  stream.abort();
  const before = `{"id":"${grouped.id}","type":"next","payload":`;
  const frames = socket.texts.filter((text) => text.startsWith(before));
  return [
    frames.map((text) => text.slice(before.length, -1)).slice(news),
    stream.events.map(({ data }) => data).slice(news),
  ];
}

const words = fc.string({ unit: "grapheme" });

const messages = fc.record(
  {
    routingKey: fc.stringMatching(/^[a-z.]{0,20}$/),
    body: fc.oneof(
      fc
        .jsonValue()
        .filter((json) => json !== null)
        .map((json) => ({ json })),
      words.map((text) => ({ text })),
      fc.uint8Array().map((bytes) => ({ base64: Buffer.from(bytes).toString("base64") })),
      fc.constant({ text: "[".repeat(1_001) + "]".repeat(1_001) }),
    ),
    headers: fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.oneof(words, fc.integer(), fc.boolean(), fc.constant({ $int64: "9007199254740993" })),
      { maxKeys: 3 },
    ),
    properties: fc.record(
      {
        correlationId: words.filter((text) => Buffer.byteLength(text) < 256),
        priority: fc.integer({ min: 0, max: 255 }),
        timestamp: fc.constant("2026-01-31T12:00:00.000Z"),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["body"] },
);
