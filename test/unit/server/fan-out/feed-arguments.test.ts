import * as fc from "fast-check";
import { GraphQLError, subscribe, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../src/schema/schema.ts";
import { maskError } from "../../../../src/server/mask-error.ts";
import type { Operation } from "../../../../src/server/pipeline.ts";
import { HeldOutlet } from "./held-stream.ts";
import { operation, QUIET, scriptedFanOut } from "./scripted-fan-out.ts";

/** A tap that was asked for, or the errors instead. */
type Outcome = { readonly spec: unknown } | { readonly errors: string };

describe("a group listens to what graphql-js would", () => {
  test("whatever is asked for, as variables, literals or defaults", async () => {
    const outcomes = { taps: 0, errors: 0 };
    await fc.assert(
      fc.asyncProperty(operations, async (asked) => {
        fc.pre(validate(schema, asked.document).length === 0);
        const grouped = await inAGroup(asked);
        fc.pre(grouped !== undefined);
        expect(grouped).toEqual(await byGraphQLJs(asked));
        outcomes[grouped && "spec" in grouped ? "taps" : "errors"]++;
      }),
      { numRuns: 400 },
    );
    expect(Math.min(outcomes.taps, outcomes.errors)).toBeGreaterThan(20);
  }, 60_000);
});

async function inAGroup(asked: Operation): Promise<Outcome | undefined> {
  const { adapter, context, fanOut } = scriptedFanOut();
  const begun = fanOut.groupOf(asked)?.subscribe(new HeldOutlet("1"), context);
  if (!begun) return undefined;
  const opened = adapter.taps.take();
  const first = await Promise.race([opened, begun]);
  if ("spec" in first) return { spec: first.spec };
  if (first instanceof GraphQLError) return { errors: JSON.stringify([maskError(first, QUIET)]) };
  throw new Error("live without a tap");
}

async function byGraphQLJs({ document, variables }: Operation): Promise<Outcome> {
  const { adapter, broker, feeds } = scriptedFanOut();
  const begun = subscribe({
    schema,
    document,
    variableValues: variables ?? null,
    contextValue: { broker, feeds, maxBatchSize: 1 },
  });
  const first = await Promise.race([adapter.taps.take(), begun]);
  if ("spec" in first) return { spec: first.spec };
  if (!("errors" in first) || !first.errors) throw new Error("live without a tap");
  return { errors: JSON.stringify(first.errors.map((error) => maskError(error, QUIET))) };
}

const exchanges = fc.constantFrom("amq.topic", "", "ä", "x".repeat(300));
const patterns = fc.option(
  fc.oneof(
    fc.array(fc.constantFrom("#", "a.*", "a.b", "x".repeat(300)), { maxLength: 4 }),
    fc.constant("a.b"),
  ),
);
const headers = fc.option(
  fc.record(
    {
      match: fc.constantFrom("ALL", "ANY"),
      values: fc.dictionary(
        fc.constantFrom("a", "b", "!", "x-match"),
        fc.oneof(
          fc.jsonValue({ maxDepth: 2 }),
          fc.constantFrom(
            { $int64: "9007199254740993" },
            { $int64: "no" },
            { $bytes: "AQI=" },
            1.5,
          ),
        ),
        { maxKeys: 2 },
      ),
    },
    { requiredKeys: ["values"] },
  ),
);

const SELECTION = "{ __typename }";

/** The same three arguments, given in every way that there is. */
const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc
    .record({ exchange: exchanges, patterns, headers }, { requiredKeys: ["exchange"] })
    .map((variables) =>
      operation(
        `subscription ($exchange: String!, $patterns: [String!], $headers: HeadersMatchInput) {
          feed(exchange: $exchange, routingPatterns: $patterns, headers: $headers) ${SELECTION}
        }`,
        variables,
      ),
    ),
  fc
    .record({ pattern: fc.option(fc.constantFrom("a.b", "#")) }, { requiredKeys: [] })
    .map((variables) =>
      operation(
        `subscription ($pattern: String! = "by.default") {
        told: messages(exchange: "amq.topic", routingPatterns: ["fixed", $pattern, "fixed"]) ${SELECTION}
      }`,
        variables,
      ),
    ),
  fc
    .record(
      { match: fc.constantFrom("ALL", "ANY", "SOME", null), value: fc.jsonValue({ maxDepth: 1 }) },
      { requiredKeys: [] },
    )
    .map((variables) =>
      operation(
        `subscription ($match: HeadersMatch, $value: JSON) {
          feed(exchange: "amq.headers", headers: {match: $match, values: {a: $value, b: [1, 2.5, "x", null, true]}}) ${SELECTION}
        }`,
        variables,
      ),
    ),
  fc
    .constantFrom("null", '"one"', '["a", "a"]', "[]")
    .map((literal) =>
      operation(
        `subscription { feed(exchange: "amq.topic", routingPatterns: ${literal}) ${SELECTION} }`,
      ),
    ),
);
