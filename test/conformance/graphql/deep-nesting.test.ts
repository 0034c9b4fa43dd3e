import { describe, expect, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { FEED, PUBLISH } from "./support/documents.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { openSse } from "./support/sse-stream.ts";
import { withoutLanes } from "./support/without-lanes.ts";
import { codesOf, dataOf, declared, liveFeed, nextEvents, published } from "./support/user.ts";

const DEEP = 20_000;
const brackets = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const JSON_OF = /* GraphQL */ `
  subscription JsonOf($exchange: String!) {
    messages(exchange: $exchange) {
      routingKey
      json
    }
  }
`;
/** The same, in words that only graphql-js understands. */
const BY_GRAPHQL_JS = JSON_OF.replace(
  "$exchange) {\n      r",
  "$exchange) @include(if: true) {\n      r",
);

const TOO_DEEP = {
  data: { messages: { routingKey: "deep", json: null } },
  errors: [
    {
      message: expect.stringMatching(/nested deeper than 1000 levels/),
      path: ["messages", "json"],
      locations: [{ line: 5, column: 7 }],
      extensions: { code: "LIMIT_EXCEEDED" },
    },
  ],
};
const SHALLOW = { data: { messages: { routingKey: "next", json: [[1]] } } };

describe.for(BROKERS)("a body that is nested too deeply, on %s", (broker) => {
  const gateway = sharedGateway({ broker });

  async function publishDeepAndNext(exchange: string): Promise<void> {
    await published(gateway(), { exchange, routingKey: "deep", body: { text: brackets(DEEP) } });
    await published(gateway(), { exchange, routingKey: "next", body: { json: [[1]] } });
  }

  test.for([
    ["in a group", JSON_OF],
    ["by graphql-js", BY_GRAPHQL_JS],
  ] as const)("is that event's error alone for who asks for its JSON, %s", async ([, query]) => {
    const exchange = await declared(gateway(), "FANOUT");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const asking = socket.subscribe(query, { exchange });
    const other = await liveFeed(socket, { exchange });
    await publishDeepAndNext(exchange);
    expect(await asking.next()).toEqual(TOO_DEEP);
    expect(await asking.next()).toEqual(SHALLOW);
    expect((await other.next()).errors).toMatchObject([{ path: ["feed", "json"] }]);
    expect(await nextEvents(other, 1)).toMatchObject([{ routingKey: "next" }]);
    await socket.close();
  });

  test("and over SSE, in a lane and by Yoga", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const inALane = await openSse(gateway(), JSON_OF, { exchange });
    const byYoga = await openSse(withoutLanes(gateway()), JSON_OF, { exchange });
    await publishDeepAndNext(exchange);
    for (const stream of [inALane, byYoga]) {
      expect(await stream.next()).toEqual(TOO_DEEP);
      expect(await stream.next()).toEqual(SHALLOW);
      stream.abort();
    }
  });

  test("is told as bytes and as text, and a body that is just deep enough as JSON", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const query =
      "subscription ($exchange: String!) { messages(exchange: $exchange) { text size } }";
    const texts = socket.subscribe(query, { exchange });
    const json = socket.subscribe(JSON_OF, { exchange });
    await liveFeed(socket, { exchange });
    for (const depth of [DEEP, 1_000])
      await published(gateway(), { exchange, body: { text: brackets(depth) } });
    const [deep, shallow] = await texts.results.takeMany(2);
    expect(deep).toEqual({ data: { messages: { text: brackets(DEEP), size: 2 * DEEP } } });
    expect(shallow).toEqual({ data: { messages: { text: brackets(1_000), size: 2_000 } } });
    expect(codesOf(await json.next())).toEqual(["LIMIT_EXCEEDED"]);
    expect(dataOf(await json.next())).toEqual({
      messages: { routingKey: "", json: JSON.parse(brackets(1_000)) as unknown },
    });
    await socket.close();
  });

  test("is JSON or not by its form, not by its brackets", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    const asking = socket.subscribe(JSON_OF, { exchange });
    await liveFeed(socket, { exchange });
    const notJson = "a smiley that is no JSON :[ ".repeat(1_500);
    const inAString = JSON.stringify(`\\"${"[{".repeat(2_000)}`);
    for (const text of [notJson, inAString])
      await published(gateway(), { exchange, body: { text } });
    expect(dataOf(await asking.next())).toMatchObject({ messages: { json: null } });
    expect(dataOf(await asking.next())).toMatchObject({
      messages: { json: JSON.parse(inAString) },
    });
    await socket.close();
  });
});

/** Stands for what JSON.stringify could not write. */
const HERE = "nested here";
const written = (message: object) =>
  JSON.stringify(message).replaceAll(JSON.stringify(HERE), brackets(DEEP));

const publish = (input: object) => ({
  query: PUBLISH,
  variables: { input: { exchange: "amq.topic", body: { text: "x" }, ...input } },
});
const IN_THE_DOCUMENT = `mutation {
  publish(input: {exchange: "amq.topic", body: {json: ${brackets(DEEP)}}}) { routed }
}`;
const REQUESTS = [
  ["a body", publish({ body: { json: HERE } })],
  ["headers", publish({ headers: { deep: HERE } })],
  ["a body in the document itself", { query: IN_THE_DOCUMENT }],
] as const;
const SUBSCRIPTION = {
  query: FEED,
  variables: { exchange: "amq.headers", headers: { values: { deep: HERE } } },
};

describe("an input that is nested too deeply", () => {
  const gateway = sharedGateway({ broker: "embedded" });

  test.for([...REQUESTS, ["a subscription's headers", SUBSCRIPTION]] as const)(
    "%s, over WebSocket, is that operation's error alone",
    async ([, payload]) => {
      const socket = await ProtocolSocket.open(gateway().wsUrl);
      const neighbour = await liveFeed(socket, { exchange: "amq.topic" });
      socket.send(written({ id: "deep", type: "subscribe", payload }));
      const answer = JSON.stringify(await socket.control.take());
      expect(answer).toMatch(/"id":"deep".*"errors":\[|"type":"error"/);
      expect(answer).toContain('"code":"LIMIT_EXCEEDED"');
      expectNothingInternal([answer]);
      await published(gateway(), { exchange: "amq.topic", routingKey: "on" });
      expect(await nextEvents(neighbour, 1)).toMatchObject([{ routingKey: "on" }]);
      await socket.close();
    },
  );

  test.for(REQUESTS)("%s, over HTTP, is its error", async ([, request]) => {
    for (const { graphqlUrl } of [gateway(), withoutLanes(gateway())]) {
      const response = await fetch(graphqlUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: written(request),
      });
      const answer = await response.text();
      expect(answer).toContain('"code":"LIMIT_EXCEEDED"');
      expectNothingInternal([answer]);
    }
  });
});
