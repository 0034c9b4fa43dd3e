import { describe, expect, test } from "vitest";
import type { AuthenticationRequest } from "../../../src/access/authenticate.ts";
import { eventually } from "../../harness/eventually.ts";
import { metricOf } from "../../harness/metric.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";
import { withoutLanes } from "./support/without-lanes.ts";

const KIND = { query: "{ broker { kind } }" };
const LIMIT_EXCEEDED = expect.objectContaining({ extensions: { code: "LIMIT_EXCEEDED" } });

/** Whoever says who it is, by a header that the gateway of these tests believes. */
const authenticate = ({ headers, connectionParams }: AuthenticationRequest) => {
  const name = connectionParams?.["name"] ?? headers["x-name"];
  return typeof name === "string" ? { id: name, claims: {} } : undefined;
};

async function post(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(KIND),
  });
}

function postFrom(url: string, address: string): () => Promise<Response> {
  return () => post(url, { "x-forwarded-for": address });
}

async function statuses(times: number, ask: () => Promise<Response>): Promise<number[]> {
  const answered: number[] = [];
  for (let time = 0; time < times; time++) answered.push((await ask()).status);
  return answered;
}

describe("operations a second", () => {
  // So slow that nothing comes back while the test runs.
  const gateway = sharedGateway({
    broker: "embedded",
    operationsPerSecond: 1,
    operationsBurst: 40,
    trustedProxies: 1,
    authenticate,
    allowAnonymous: true,
  });

  test("past the burst are refused with 429, by a lane and by Yoga, and counted; another caller is not", async () => {
    const ada = { "x-name": "ada" };
    const times = await statuses(45, () => post(gateway().graphqlUrl, ada));
    expect(times.slice(0, 40)).toEqual(Array(40).fill(200));
    for (const url of [gateway().graphqlUrl, withoutLanes(gateway()).graphqlUrl]) {
      const refused = await post(url, ada);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.json()).toEqual({ errors: [LIMIT_EXCEEDED] });
    }
    expect(
      await metricOf(gateway(), 'rabbitql_refused_total{limit="operationsPerSecond"}'),
    ).toBeGreaterThan(1);
    expect((await post(gateway().graphqlUrl, { "x-name": "grace" })).status).toBe(200);
  });

  test("are one count over HTTP and WebSocket, and no reason to close a socket", async () => {
    await statuses(39, () => post(gateway().graphqlUrl, { "x-name": "joan" }));
    const socket = await ProtocolSocket.connect(gateway().wsUrl);
    socket.send({ type: "connection_init", payload: { name: "joan" } });
    await socket.control.take();
    const asked = Array.from({ length: 5 }, () => socket.execute(KIND.query));
    const last = (await Promise.all(asked)).at(-1);
    expect(last?.errors).toEqual([LIMIT_EXCEEDED]);
    expect(socket.isOpen).toBe(true);
    await socket.close();
  });

  test("of those who do not say who they are, are counted by address, which the client cannot make up", async () => {
    await statuses(45, postFrom(gateway().graphqlUrl, "6.6.6.6, 1.1.1.1"));
    expect((await postFrom(gateway().graphqlUrl, "7.7.7.7, 1.1.1.1")()).status).toBe(429);
    expect((await postFrom(gateway().graphqlUrl, "6.6.6.6, 2.2.2.2")()).status).toBe(200);
  });
});

describe("sockets", () => {
  const gateway = sharedGateway({
    broker: "embedded",
    maxSocketsPerCaller: 2,
    maxSocketsPerAddress: 5,
    authenticate,
    allowAnonymous: true,
  });

  async function opened(name: string): Promise<ProtocolSocket> {
    const socket = await ProtocolSocket.connect(gateway().wsUrl);
    socket.send({ type: "connection_init", payload: { name } });
    return socket;
  }

  test("of a caller past its bound are closed with 4413, which is retried, until one of its others is gone", async () => {
    const [first, second] = [await opened("ada"), await opened("ada")];
    await Promise.all([first.control.take(), second.control.take()]);
    const third = await opened("ada");
    expect(await third.closed).toMatchObject({ code: 4413 });
    const other = await opened("grace");
    await other.control.take();
    expect(await metricOf(gateway(), 'rabbitql_refused_total{limit="maxSocketsPerCaller"}')).toBe(
      1,
    );
    await first.close();
    const again = await opened("ada");
    await again.control.take();
    for (const socket of [second, other, again]) await socket.close();
  });

  test("from an address past its bound are refused with 429 before they are upgraded", async () => {
    const sockets = await Promise.all(
      Array.from({ length: 5 }, () => ProtocolSocket.connect(gateway().wsUrl)),
    );
    await expect(ProtocolSocket.connect(gateway().wsUrl)).rejects.toThrow("429");
    expect(await metricOf(gateway(), 'rabbitql_refused_total{limit="maxSocketsPerAddress"}')).toBe(
      1,
    );
    for (const socket of sockets) await socket.close();
    const again = await ProtocolSocket.connect(gateway().wsUrl);
    await again.close();
  });
});

const FEED = `subscription ($key: String!) {
  feed(exchange: "amq.topic", routingPatterns: [$key]) { kind: __typename }
}`;
/** The same, in words that only graphql-js understands. */
const FEED_ALONE = FEED.replace("[$key])", "[$key]) @include(if: true)");

describe("different things that are listened to", () => {
  const gateway = sharedGateway({
    broker: "embedded",
    maxTaps: 4,
    maxTapsPerCaller: 2,
    authenticate,
    allowAnonymous: true,
  });

  async function opened(name?: string): Promise<ProtocolSocket> {
    const socket = await ProtocolSocket.connect(gateway().wsUrl);
    socket.send({ type: "connection_init", payload: { name } });
    await socket.control.take();
    return socket;
  }

  test.for([
    ["in a group", FEED],
    ["by graphql-js", FEED_ALONE],
  ] as const)(
    "of a caller have a bound, on all its sockets together, until one ends: %s",
    async ([, feed]) => {
      const [one, other] = [await opened("ada"), await opened("ada")];
      const first = one.subscribe(feed, { key: "a" });
      expect(await first.next()).toMatchObject({ data: { feed: { kind: "Live" } } });
      expect(await other.execute(feed, { key: "b" })).toMatchObject({
        data: { feed: { kind: "Live" } },
      });
      // The same again is nothing more.
      expect(await other.execute(feed, { key: "a" })).toMatchObject({
        data: { feed: { kind: "Live" } },
      });
      expect((await one.execute(feed, { key: "c" })).errors).toEqual([
        expect.objectContaining({
          message: expect.stringContaining("2 different things") as string,
          extensions: { code: "LIMIT_EXCEEDED" },
        }),
      ]);
      await other.close();
      await eventually(async () => {
        expect((await one.execute(feed, { key: "c" })).errors).toBeUndefined();
      });
      await one.close();
    },
  );

  test("of everybody have a bound", async () => {
    await eventually(async () => expect(await metricOf(gateway(), "rabbitql_taps")).toBe(0));
    const socket = await opened();
    for (const key of ["a", "b", "c", "d"])
      expect((await socket.execute(FEED, { key })).errors).toBeUndefined();
    expect((await socket.execute(FEED, { key: "e" })).errors).toMatchObject([
      { extensions: { code: "LIMIT_EXCEEDED" } },
    ]);
    expect((await socket.execute(FEED, { key: "a" })).errors).toBeUndefined();
    expect(await metricOf(gateway(), 'rabbitql_refused_total{limit="maxTaps"}')).toBe(1);
    await socket.close();
  });
});

const DECLARE = "mutation ($input: DeclareQueueInput!) { declareQueue(input: $input) { name } }";
const DELIVERIES =
  "subscription ($queue: String!) { deliveries(queue: $queue) { id message { text } } }";

describe("deliveries", () => {
  const gateway = sharedGateway({
    broker: "embedded",
    maxConsumersPerCaller: 2,
    authenticate,
    allowAnonymous: true,
  });

  test("of a caller have a bound, until one of them ends; another caller's are another count", async () => {
    const queue = "of-callers";
    await gateway().graphql(DECLARE, { input: { name: queue } });
    const opened = async (name: string) => {
      const socket = await ProtocolSocket.connect(gateway().wsUrl);
      socket.send({ type: "connection_init", payload: { name } });
      await socket.control.take();
      return socket;
    };
    const ada = await opened("ada");
    for (const place of [1, 2])
      ada.start({ query: DELIVERIES, variables: { queue } }, `d-${place}`);
    await eventually(async () =>
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(2),
    );
    expect((await ada.execute(DELIVERIES, { queue })).errors).toEqual([LIMIT_EXCEEDED]);
    const grace = await opened("grace");
    grace.subscribe(DELIVERIES, { queue });
    await eventually(async () =>
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(3),
    );
    ada.send({ type: "complete", id: "d-1" });
    await eventually(async () =>
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(2),
    );
    ada.subscribe(DELIVERIES, { queue });
    await eventually(async () =>
      expect(await metricOf(gateway(), "rabbitql_work_subscriptions")).toBe(3),
    );
    for (const socket of [ada, grace]) await socket.close();
  });
});
