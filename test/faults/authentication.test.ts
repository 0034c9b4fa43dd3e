import { describe, expect, onTestFinished, test } from "vitest";
import { ProtocolSocket, type Frame } from "../conformance/graphql/support/protocol-socket.ts";
import { openSse } from "../conformance/graphql/support/sse-stream.ts";
import { BROKERS, startGateway, type GatewaySetup, type TestGateway } from "../harness/gateway.ts";
import { AUDIENCE, TokenIssuer } from "../harness/token-issuer.ts";

const KEYS = `subscription { messages(exchange: "amq.topic", routingPatterns: ["count.#"]) { routingKey } }`;
const PUBLISH = `mutation ($key: String!) {
  publish(input: { exchange: "amq.topic", routingKey: $key, body: { text: "" } }) { routed } }`;
const KIND = "{ broker { kind } }";

/** How late a fault may be found, in milliseconds. */
const LATE_MS = 1_000;

describe("47: an authenticate hook that never settles", () => {
  test("a socket is closed within 5 s, by a timer of the gateway's own", async () => {
    const gateway = await started({
      broker: "embedded",
      authenticate: () => new Promise(() => {}),
    });
    const socket = await ProtocolSocket.connect(gateway.wsUrl);
    const asked = performance.now();
    socket.send({ type: "connection_init" });
    expect(await socket.closed).toMatchObject({ code: 4408 });
    expect(performance.now() - asked).toBeLessThan(5_000 + LATE_MS);
  });

  test("a request is answered within 5 s, and one that shows nothing to hang on is answered meanwhile", async () => {
    const gateway = await started({
      broker: "embedded",
      authenticate: ({ headers }) =>
        headers.authorization === undefined ? { id: "quick" } : new Promise(() => {}),
    });
    const asked = performance.now();
    const hanging = fetch(gateway.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer x" },
      body: JSON.stringify({ query: KIND }),
    });
    expect(await gateway.graphql(KIND)).toHaveProperty("data");
    const answer = await hanging;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
    });
    expect(performance.now() - asked).toBeLessThan(5_000 + LATE_MS);
  });
});

describe.for(BROKERS)("48: a token that expires mid-stream, on %s", (broker) => {
  test("its socket ends within 1 s with 4403, its stream too; nothing comes after; who renews misses nothing", async () => {
    const issuer = await TokenIssuer.start();
    const gateway = await started({
      broker,
      jwtIssuer: issuer.issuer,
      jwtAudience: [AUDIENCE],
      jwtAlgorithms: ["ES256"],
      jwtJwksUrl: issuer.jwksUrl,
    });
    const exp = Math.floor(Date.now() / 1000) + 3;
    const short = await issuer.token({ exp });
    const long = await issuer.token({ exp: exp + 60 });
    const authorization = `Bearer ${long}`;

    const [expiring, renewing] = [await open(gateway, short), await open(gateway, short)];
    for (const { socket } of [expiring, renewing]) {
      socket.subscribe(KEYS);
      await socket.execute(KIND);
    }
    const stream = await openSse(gateway, KEYS, {}, { authorization: `Bearer ${short}` });
    renewing.socket.send({ type: "ping", payload: { authorization } });
    expect(await renewing.socket.control.take()).toMatchObject({ payload: { renewed: true } });

    let isOver = false;
    const ends = Promise.all([expiring.socket.closed, stream.ended]).then(([closed]) => {
      isOver = true;
      return closed;
    });
    let published = 0;
    let afterwards = 0;
    while (afterwards < 100) {
      if (isOver) afterwards++;
      const body = { query: PUBLISH, variables: { key: `count.${++published}` } };
      const answer = await post(gateway, body, authorization);
      expect(await answer.json()).toEqual({ data: { publish: { routed: true } } });
    }
    expect(await ends).toEqual({ code: 4403, reason: "The credentials have expired" });

    const last = expiring.arrived.at(-1);
    expect(last?.at).toBeLessThan(exp * 1000 + LATE_MS);
    expect(expiring.keys()).toEqual(counted(expiring.keys().length));
    expect(expiring.keys().length).toBeLessThanOrEqual(published - 100);
    expect(stream.events.slice(-2).map(({ event }) => event)).toEqual(["next", "complete"]);
    expect(stream.events.at(-2)?.data).toContain("UNAUTHENTICATED");
    await expect
      .poll(() => renewing.keys().length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(published);
    expect(renewing.keys()).toEqual(counted(published));
  });
});

async function started(setup: GatewaySetup): Promise<TestGateway> {
  const gateway = await startGateway(setup);
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A socket that notes when each key arrived. */
async function open({ wsUrl }: TestGateway, token: string) {
  const socket = await ProtocolSocket.open(wsUrl, { connectionParams: { token } });
  const arrived: { key: string; at: number }[] = [];
  socket.socket.on("message", (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as Frame;
    const [, key] = /"routingKey":"([\w.]+)"/.exec(JSON.stringify(payload ?? "")) ?? [];
    if (type === "next" && key !== undefined) arrived.push({ key, at: Date.now() });
  });
  return { socket, arrived, keys: () => arrived.map(({ key }) => key) };
}

const counted = (count: number) =>
  Array.from({ length: count }, (_, place) => `count.${place + 1}`);

function post({ graphqlUrl }: TestGateway, body: object, authorization: string): Promise<Response> {
  return fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify(body),
  });
}
