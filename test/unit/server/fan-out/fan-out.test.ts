import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operation, scriptedFanOut } from "./scripted-fan-out.ts";

const HEADERS = `subscription Feed($headers: HeadersMatchInput) {
  feed(exchange: "amq.headers", headers: $headers) { __typename }
}`;
const SELECTION = `feed(exchange: "amq.topic") { __typename }`;

const matching = (a: unknown) => operation(HEADERS, { headers: { values: { a } } });

describe("operations are one group", () => {
  test("where document, operation and variables are the same", () => {
    const { fanOut } = scriptedFanOut();
    const group = fanOut.groupOf(matching("x"));
    expect(group).toBeDefined();
    expect(fanOut.groupOf(matching("x"))).toBe(group);
  });

  test("whether variables that are not there are left out, null or empty", () => {
    const { fanOut } = scriptedFanOut();
    const query = `subscription { ${SELECTION} }`;
    const group = fanOut.groupOf(operation(query, {}));
    expect(group).toBeDefined();
    expect(fanOut.groupOf(operation(query, null))).toBe(group);
    expect(fanOut.groupOf(operation(query, undefined))).toBe(group);
  });

  test("not where the document is written otherwise, or another operation of it is meant", () => {
    const { fanOut } = scriptedFanOut();
    const two = `subscription One { ${SELECTION} } subscription Two { ${SELECTION} }`;
    const groups = [
      fanOut.groupOf(operation(`subscription { ${SELECTION} }`)),
      fanOut.groupOf(operation(`subscription  { ${SELECTION} }`)),
      fanOut.groupOf(operation(two, {}, "One")),
      fanOut.groupOf(operation(two, {}, "Two")),
    ];
    expect(groups).not.toContain(undefined);
    expect(new Set(groups).size).toBe(groups.length);
  });

  test.for(["1e400", "-1e400", "-0", "[[1e400]]", '{"deep": [-0]}'])(
    "not, and in none, where JSON has no word for the variable %s",
    (text) => {
      const { fanOut } = scriptedFanOut();
      const value: unknown = JSON.parse(text);
      expect(fanOut.groupOf(matching(value))).toBeUndefined();
    },
  );

  test("not, and in none, where variables are nested deeper than can be written", () => {
    const { fanOut } = scriptedFanOut();
    const deep: unknown = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    expect(fanOut.groupOf(matching(deep))).toBeUndefined();
  });

  test("only where their variables are equal, down to the last number", () => {
    let ones = 0;
    const { fanOut } = scriptedFanOut();
    fc.assert(
      fc.property(texts, texts, fc.boolean(), (one, other, same) => {
        const [first, second] = [one, same ? one : other].map((text): unknown => JSON.parse(text));
        const group = fanOut.groupOf(matching(first));
        const isOne = group !== undefined && group === fanOut.groupOf(matching(second));
        expect(isOne && !isDeepStrictEqual(first, second)).toBe(false);
        ones += Number(isOne);
      }),
      { numRuns: 1_000 },
    );
    expect(ones).toBeGreaterThan(100);
  }, 60_000);
});

describe("graphql-js is left with", () => {
  test.for([
    ["a field that is no feed", "subscription { broker { kind } }"],
    ["a root field in a fragment", `subscription { ... { ${SELECTION} } }`],
    [
      "a directive on the root field",
      `subscription { ${SELECTION.replace(") {", ") @skip(if: false) {")} }`,
    ],
    ["a root field asked for twice", `subscription { ${SELECTION} ${SELECTION} }`],
  ])("%s", ([, query = ""]) => {
    expect(scriptedFanOut().fanOut.groupOf(operation(query))).toBeUndefined();
  });

  test("variables that do not fit their types", () => {
    const { fanOut } = scriptedFanOut();
    expect(fanOut.groupOf(operation(HEADERS, { headers: 5 }))).toBeUndefined();
  });
});

/** Variables as clients write them, close to each other on purpose. */
const { texts } = fc.letrec<{ texts: string }>((tie) => ({
  texts: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom("null", "0", "-0", "1e400", "-1e400", "1", "1.0", "1e21", "true", "false"),
    fc.constantFrom('"1"', '""', '"null"', '"\\ud800"', '"\\\\ud800"'),
    fc.array(tie("texts"), { maxLength: 2 }).map((items) => `[${items.join()}]`),
    fc
      .dictionary(fc.constantFrom("a", "b", "__proto__", "toJSON"), tie("texts"), { maxKeys: 2 })
      .map(
        (entries) =>
          `{${Object.entries(entries)
            .map(([key, value]) => `"${key}":${value}`)
            .join()}}`,
      ),
  ),
}));
