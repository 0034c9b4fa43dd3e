import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS } from "../../harness/gateway.ts";
import { FEED, MESSAGES, PUBLISH } from "./support/documents.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { openSse, type SseStream } from "./support/sse-stream.ts";
import { codesOf, declared, eventOf, published, queuesBehind } from "./support/user.ts";

describe.for(BROKERS)("GraphQL over SSE, on %s", (broker) => {
  const gateway = sharedGateway({ broker });

  async function liveSse(exchange: string): Promise<SseStream> {
    const stream = await openSse(gateway(), FEED, { exchange });
    expect(eventOf(await stream.next())).toMatchObject({ __typename: "Live" });
    return stream;
  }

  test("a subscription is an event stream of `next`, in the order of publishing", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const stream = await liveSse(exchange);
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const keys = Array.from({ length: 50 }, (_, i) => `key.${i}`);
    for (const routingKey of keys) await published(gateway(), { exchange, routingKey });
    expect(await routingKeys(stream, keys.length)).toEqual(keys);
    expect(new Set(stream.events.map(({ event }) => event))).toEqual(new Set(["next"]));
    stream.abort();
    await stream.ended;
  });

  test("a query and a mutation are one `next` and then `complete`", async () => {
    const exchange = await declared(gateway(), "FANOUT");
    for (const [query, variables] of [
      ["{ broker { state } }", {}],
      [PUBLISH, { input: { exchange, body: { json: { a: 1 } } } }],
    ] as const) {
      const stream = await openSse(gateway(), query, variables);
      await stream.ended;
      expect(stream.events.map(({ event }) => event)).toEqual(["next", "complete"]);
      expect(await stream.next()).toHaveProperty("data");
    }
  });

  test("a subscription that cannot be had is one `next` with the error and then `complete`", async () => {
    const stream = await openSse(gateway(), MESSAGES, { exchange: "nowhere" });
    const result = await stream.next();
    expect(codesOf(result)).toEqual(["NOT_FOUND"]);
    await stream.ended;
    expect(stream.events.map(({ event }) => event)).toEqual(["next", "complete"]);
  });

  test("a body with line breaks stays one event", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const stream = await liveSse(exchange);
    const text = "one\ntwo\r\n\n\nevent: complete\ndata: three ä 🐇";
    await published(gateway(), { exchange, body: { text } });
    expect(eventOf(await stream.next())).toMatchObject({ text });
    stream.abort();
    await stream.ended;
  });

  test("a client that goes away leaves no tap behind, idle or not", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const [idle, busy] = [await liveSse(exchange), await liveSse(exchange)];
    expect(await published(gateway(), { exchange })).toMatchObject({ routed: true });
    await busy.next();
    for (const stream of [idle, busy]) {
      stream.abort();
      await stream.ended;
    }
    await eventually(async () => {
      expect(await published(gateway(), { exchange })).toMatchObject({ routed: false });
    });
    expect(await queuesBehind(gateway())).toEqual([]);
  });

  test("a client that goes away before its subscription is live leaves no tap behind", async () => {
    const exchange = await declared(gateway(), "TOPIC");
    const aborting = new AbortController();
    const gone = Array.from({ length: 20 }, () =>
      fetch(gateway().graphqlUrl, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({ query: FEED, variables: { exchange } }),
        signal: aborting.signal,
      }),
    );
    await fetch(`${gateway().url}/livez`);
    aborting.abort();
    await Promise.allSettled(gone);
    await eventually(async () => {
      expect(await published(gateway(), { exchange })).toMatchObject({ routed: false });
    });
    await eventually(async () => expect(await queuesBehind(gateway())).toEqual([]));
  });
});

/** The routing keys of the next messages. */
async function routingKeys(stream: SseStream, count: number): Promise<unknown[]> {
  const keys: unknown[] = [];
  while (keys.length < count) keys.push(eventOf(await stream.next())["routingKey"]);
  return keys;
}
