import { once } from "node:events";
import { request, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { serverAudits } from "graphql-http";
import { describe, expect, test } from "vitest";
import { openSse } from "./support/sse-stream.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { withoutLanes } from "./support/without-lanes.ts";
import { declared, published } from "./support/user.ts";

interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

const JSON_TYPE = { "content-type": "application/json" };
const QUERY = "{ broker { kind virtualHost } }";
const post = (body: unknown, headers: OutgoingHttpHeaders = {}): Asked => ({
  headers: { ...JSON_TYPE, ...headers },
  body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});
const accepting = (accept: string, body: unknown = { query: QUERY }) => post(body, { accept });
const publishing = (input: object) => ({
  query: "mutation ($input: PublishInput!) { publish(input: $input) { messageId routed } }",
  variables: {
    input: {
      exchange: "amq.topic",
      body: { text: "x" },
      properties: { messageId: "mine" },
      ...input,
    },
  },
});
const TOO_MANY_TOKENS = `{ ${"a ".repeat(1_001)} }`;
const TOO_LONG = `{ ${"a".repeat(131_072)} }`;
const TOO_MANY_ALIASES = `{ ${Array.from({ length: 16 }, (_, place) => `a${place}: broker { kind }`).join(" ")} }`;
const RESPONSE_TYPE = "application/graphql-response+json";

/** What may reach a lane, and what comes close to it. */
const REQUESTS: readonly (readonly [string, Asked])[] = [
  ["a query", post({ query: QUERY })],
  ["a query with a name", post({ query: `query A ${QUERY}`, operationName: "A" })],
  [
    "one of two queries",
    post({ query: `query A ${QUERY} query B { __typename }`, operationName: "B" }),
  ],
  ["introspection", post({ query: "{ __schema { queryType { name } } }" })],
  [
    "aliases and fragments",
    post({ query: "{ a: broker { ...F } } fragment F on Broker { kind }" }),
  ],
  ["a mutation", post(publishing({}))],
  ["a mutation that fails", post(publishing({ exchange: "nowhere" }))],
  [
    "a mutation half of which fails",
    post({
      query: `mutation { a: publishBatch(inputs: [
    {exchange: "nowhere", body: {text: "x"}},
    {exchange: "amq.topic", body: {text: "x"}, properties: {messageId: "b"}}]) { messageId } }`,
    }),
  ],
  ["a variable too few", post({ query: publishing({}).query })],
  ["a variable of the wrong type", post({ ...publishing({}), variables: { input: 5 } })],
  ["a variable with a value that is wrong", post(publishing({ body: { text: "x", json: 1 } }))],
  ["variables that nobody asked for", post({ query: QUERY, variables: { a: 1 } })],
  [
    "variables that are null",
    post({ query: QUERY, variables: null, operationName: null, extensions: null }),
  ],
  ["variables that are a list", post({ query: QUERY, variables: [] })],
  ["variables that are text", post({ query: QUERY, variables: "{}" })],
  ["extensions", post({ query: QUERY, extensions: { a: 1 } })],
  ["extensions that are text", post({ query: QUERY, extensions: "x" })],
  ["a parameter that there is not", post({ query: QUERY, other: 1 })],
  ["a query that is a number", post({ query: 5 })],
  ["no query", post({})],
  ["an empty query", post({ query: "" })],
  ["a query without an operation", post({ query: "fragment F on Broker { kind }" })],
  ["an operation that there is not", post({ query: `query A ${QUERY}`, operationName: "B" })],
  ["an operation name that is empty", post({ query: `query A ${QUERY}`, operationName: "" })],
  ["two operations and no name", post({ query: `query A ${QUERY} query B ${QUERY}` })],
  ["a syntax error", post({ query: "{" })],
  ["an unknown field", post({ query: "{ brokr }" })],
  ["unknown fields on many lines", post({ query: `{ ${"\n brokr".repeat(300)} }` })],
  ["too many tokens", post({ query: TOO_MANY_TOKENS })],
  ["too many characters", post({ query: TOO_LONG })],
  ["too many aliases", post({ query: TOO_MANY_ALIASES })],
  ["two wrong operations of one name", post({ query: "query A { brokr } query A { brokr }" })],
  [
    "a wrong query, and an operation that there is not",
    post({ query: "{ brokr }", operationName: "A" }),
  ],
  ["a list of requests", post([{ query: QUERY }])],
  ["JSON null", post("null")],
  ["no JSON", post("{")],
  ["an empty body", post("")],
  ["bytes that are no UTF-8", post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
  ["a byte order mark", post(`\ufeff${JSON.stringify({ query: QUERY })}`)],
  [
    "a query and a deep one besides",
    post(`{"query": "{", "variables": ${"[".repeat(5_000)}${"]".repeat(5_000)}}`),
  ],
  ["another content type", post({ query: QUERY }, { "content-type": "text/plain" })],
  ["a charset", post({ query: QUERY }, { "content-type": "application/json; charset=utf-8" })],
  [
    "a type in capitals",
    post({ query: QUERY }, { "content-type": "Application/JSON; charset=UTF-8" }),
  ],
  [
    "a space before the charset",
    post({ query: QUERY }, { "content-type": "application/json ; charset=utf-8" }),
  ],
  [
    "a charset in quotes",
    post({ query: QUERY }, { "content-type": 'application/json; charset="utf-8"' }),
  ],
  [
    "a charset in capitals",
    post({ query: QUERY }, { "content-type": "application/json; charset=UTF-8" }),
  ],
  [
    "another charset",
    post({ query: QUERY }, { "content-type": "application/json; charset=iso-8859-1" }),
  ],
  [
    "a form",
    {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `query=${encodeURIComponent(QUERY)}`,
    },
  ],
  ["a bare document", { headers: { "content-type": "application/graphql" }, body: QUERY }],
  ["no content type", { body: JSON.stringify({ query: QUERY }) }],
  ["accepting anything", accepting("*/*")],
  ["accepting JSON", accepting("application/json")],
  ["accepting JSON first", accepting("application/json, */*")],
  ["accepting GraphQL's own type", accepting(RESPONSE_TYPE)],
  [
    "accepting GraphQL's own type, then JSON",
    accepting(`${RESPONSE_TYPE}, application/json;q=0.9`),
  ],
  ["accepting JSON, then GraphQL's own type", accepting(`application/json, ${RESPONSE_TYPE}`)],
  ["accepting nothing that there is", accepting("text/html")],
  ["accepting GraphQL's own type for a syntax error", accepting(RESPONSE_TYPE, { query: "{" })],
  [
    "accepting GraphQL's own type for an unknown field",
    accepting(RESPONSE_TYPE, { query: "{ brokr }" }),
  ],
  [
    "accepting GraphQL's own type for too many tokens",
    accepting(RESPONSE_TYPE, { query: TOO_MANY_TOKENS }),
  ],
  [
    "accepting GraphQL's own type for too many aliases",
    accepting(RESPONSE_TYPE, { query: TOO_MANY_ALIASES }),
  ],
  [
    "accepting GraphQL's own type for a mutation that fails",
    accepting(RESPONSE_TYPE, publishing({ exchange: "nowhere" })),
  ],
  [
    "accepting GraphQL's own type for a variable too few",
    accepting(RESPONSE_TYPE, { query: publishing({}).query }),
  ],
  [
    "accepting GraphQL's own type for a subscription",
    accepting(RESPONSE_TYPE, { query: "subscription { broker { kind } }" }),
  ],
  ["a query as a stream", accepting("text/event-stream")],
  ["too many tokens as a stream", accepting("text/event-stream", { query: TOO_MANY_TOKENS })],
  ["an unknown field as a stream", accepting("text/event-stream", { query: "{ brokr }" })],
  ["a syntax error as a stream", accepting("text/event-stream", { query: "{" })],
  [
    "a subscription to nothing as a stream",
    accepting("text/event-stream", {
      query: `subscription { feed(exchange: "nowhere") { __typename } }`,
    }),
  ],
  ["a page of another host", post({ query: QUERY }, { origin: "https://evil.example" })],
  ["PUT", { ...post({ query: QUERY }), method: "PUT" }],
  ["HEAD", { method: "HEAD" }],
  [
    "OPTIONS",
    {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    },
  ],
];

describe("the same answer with and without a lane", () => {
  const gateway = sharedGateway({ broker: "embedded" });

  test.for(REQUESTS)("%s", async ([, asked]) => {
    const inALane = await answer(gateway().graphqlUrl, asked);
    expect(inALane).toEqual(await answer(withoutLanes(gateway()).graphqlUrl, asked));
  });

  test("every audit of graphql-http", async () => {
    const [audits, other] = [gateway().graphqlUrl, withoutLanes(gateway()).graphqlUrl].map((url) =>
      serverAudits({ url }),
    );
    expect(audits).toHaveLength(61);
    for (const [place, audit] of (audits ?? []).entries()) {
      const results = [await audit.fn(), await other?.[place]?.fn()];
      expect(results.map((result) => [audit.name, result?.status])).toEqual([
        [audit.name, "ok"],
        [audit.name, "ok"],
      ]);
    }
  });

  test("a subscription as a stream, header by header and event by event", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const query = `subscription { feed(exchange: "${exchange}") { __typename ... on Message { routingKey json } } }`;
    const streams = [
      await openSse(gateway(), query),
      await openSse(withoutLanes(gateway()), query),
    ];
    await published(gateway(), { exchange, routingKey: "one", body: { json: { a: "\u2028\n" } } });
    await published(gateway(), { exchange, routingKey: "two", body: { text: "no JSON" } });
    const told = await Promise.all(
      streams.map(async (stream) => {
        for (let place = 0; place < 3; place++) await stream.next();
        stream.abort();
        const { status, headers } = stream.response;
        return { status, headers: comparable(Object.fromEntries(headers)), events: stream.events };
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.events).toHaveLength(3);
  });
});

async function answer(url: string, { method = "POST", headers = {}, body }: Asked) {
  const asking = request(url, { method, headers });
  const answered = once(asking, "response") as Promise<[IncomingMessage]>;
  asking.end(body);
  const [response] = await answered;
  const { statusCode, headers: got } = response;
  return { status: statusCode, headers: comparable(got), body: await text(response) };
}

/** Without what differs from one answer to the next, and how the body is framed. */
function comparable(headers: Record<string, unknown>): Record<string, unknown> {
  const {
    date: _date,
    "content-length": _length,
    "transfer-encoding": _framing,
    ...rest
  } = headers;
  return rest;
}
