import { getIntrospectionQuery, type FormattedExecutionResult } from "graphql";
import { describe, expect, test } from "vitest";
import { executeOverHttp, type TestGateway } from "../../harness/gateway.ts";
import { metricOf } from "../../harness/metric.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { withoutLanes } from "./support/without-lanes.ts";

const nested = (depth: number) => `{ ${"a { ".repeat(depth - 1)}b${" }".repeat(depth)}`;
const repeated = (count: number, text: (place: number) => string) =>
  Array.from({ length: count }, (_, place) => text(place)).join(" ");

const TOO_LARGE = [
  ["maxDocumentCharacters", `{ ${"a".repeat(131_072)} }`, "has 131076 characters; at most 131072"],
  ["maxDocumentTokens", `{ ${repeated(1001, () => "a")} }`, "has more than 1000 tokens"],
  ["maxDocumentDepth", nested(7), "has 7 fields inside each other; at most 6"],
  [
    "maxDocumentDepth",
    `{ ...__schema } fragment __schema on Query ${nested(9)}`,
    "has 9 fields inside each other; at most 6",
  ],
  [
    "maxDocumentAliases",
    `{ ${repeated(16, (place) => `a${place}: broker { kind }`)} }`,
    "has 16 aliases; at most 15",
  ],
  [
    "maxDocumentAliases",
    `{ ${repeated(60, (place) => `...F${place}`)} } ${repeated(60, (place) => `fragment F${place} on Query { b: broker { kind } }`)}`,
    "has 60 aliases; at most 15",
  ],
  [
    "maxDocumentDirectives",
    `{ broker { kind ${repeated(51, () => "@include(if: true)")} } }`,
    "has 51 directives; at most 50",
  ],
  [
    "maxDocumentCost",
    `{ a { b { c { d { ${repeated(950, () => "e")} } } } } }`,
    "points of cost; at most 4000",
  ],
] as const;

/** What is answered over HTTP, by a lane and by Yoga, and over WebSocket. */
async function answers(
  gateway: TestGateway,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<readonly FormattedExecutionResult[]> {
  return [
    await gateway.graphql(query, variables),
    await executeOverHttp(withoutLanes(gateway).graphqlUrl, query, variables),
    await withSocket(gateway, (socket) => socket.execute(query, variables)),
  ];
}

describe("documents that ask for too much", () => {
  const gateway = sharedGateway({ broker: "embedded", maxDocumentCost: 4000 });

  test.for(TOO_LARGE)("%s: is refused the same, however it comes", async ([limit, query, text]) => {
    const before = await metricOf(gateway(), `rabbitql_refused_total{limit="${limit}"}`);
    for (const { errors } of await answers(gateway(), query))
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringContaining(text),
          extensions: { code: "LIMIT_EXCEEDED" },
        }),
      ]);
    expect(await metricOf(gateway(), `rabbitql_refused_total{limit="${limit}"}`)).toBe(before + 3);
  });

  test.for(["{", "{ brokr }", "{ broker { kind nothing } }"])(
    "%s: is told the same, however it comes and whatever was asked before",
    async (query) => {
      const [first, ...others] = await answers(gateway(), query);
      expect(first?.errors).toMatchObject([{ extensions: { code: expect.anything() } }]);
      expect(first?.errors?.[0]?.extensions).not.toHaveProperty("http");
      for (const answer of [...others, ...(await answers(gateway(), query))])
        expect(answer).toEqual(first);
    },
  );

  test("and introspection, as GraphiQL does it, is answered", async () => {
    const { data, errors } = await gateway().graphql(getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data).toHaveProperty("__schema");
  });
});

describe("in production", () => {
  const gateway = sharedGateway({ broker: "embedded", production: true });

  test.for(["{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'])(
    "%s is refused",
    async (query) => {
      const { errors } = await gateway().graphql(query);
      expect(errors?.[0]).toMatchObject({ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
      expect(JSON.stringify(errors)).toContain("introspection has been disabled");
    },
  );

  test.for([
    ["a field", "{ brokr { kind } }", {}],
    [
      "a field of an input",
      "mutation ($input: PublishInput!) { publish(input: $input) { routed } }",
      { input: { exchang: "amq.topic", body: { text: "x" } } },
    ],
  ] as const)("nothing is suggested for the name of %s", async ([, query, variables]) => {
    for (const { errors } of await answers(gateway(), query, variables)) {
      expect(JSON.stringify(errors)).toMatch(/brokr|exchang/);
      expect(JSON.stringify(errors)).not.toContain("Did you mean");
    }
  });

  test("there is no GraphiQL", async () => {
    const response = await fetch(gateway().graphqlUrl, { headers: { accept: "text/html" } });
    expect(await response.text()).not.toContain("GraphiQL");
  });
});
