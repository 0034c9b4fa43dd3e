import { describe, expect, onTestFinished, test } from "vitest";
import type { AuthenticateHook } from "../../../src/access/authenticate-hook.ts";
import { CodedError } from "../../../src/errors.ts";
import { eventually } from "../../harness/eventually.ts";
import { startGateway } from "../../harness/gateway.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { AUDIENCE, TokenIssuer } from "../../harness/token-issuer.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";
import { openSse } from "./support/sse-stream.ts";
import { withoutLanes } from "./support/without-lanes.ts";
import { declaredQueue, queued, readyIn } from "./support/work.ts";

const KIND = "{ broker { kind } }";
const KEYS = `subscription { messages(exchange: "orders") { routingKey } }`;
const GRAPHQL_TYPE = "application/graphql-response+json";
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

async function withIssuer() {
  const issuer = await TokenIssuer.start();
  const gateway = await scriptedGateway({
    jwtIssuer: issuer.issuer,
    jwtAudience: [AUDIENCE],
    jwtAlgorithms: ["ES256"],
    jwtJwksUrl: issuer.jwksUrl,
    allowedOrigins: ["https://app.test"],
  });
  return { issuer, gateway };
}

function ask(
  url: string,
  { authorization, ...headers }: Record<string, string | undefined> = {},
  method: "GET" | "POST" = "POST",
): Promise<Response> {
  const query = method === "GET" ? `?query=${encodeURIComponent(KIND)}` : "";
  return fetch(url + query, {
    method,
    headers: {
      accept: GRAPHQL_TYPE,
      ...(authorization !== undefined && { authorization }),
      ...(method === "POST" && { "content-type": "application/json" }),
      ...headers,
    },
    ...(method === "POST" && { body: JSON.stringify({ query: KIND }) }),
  });
}

const refused = (message: unknown) => ({
  errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }],
});

describe.for(["POST", "GET"] as const)("a %s", (method) => {
  test("with a good token is answered, by a lane and by Yoga alike", async () => {
    const { issuer, gateway } = await withIssuer();
    const authorization = `Bearer ${await issuer.token()}`;
    for (const { graphqlUrl } of method === "POST" ? [gateway, withoutLanes(gateway)] : [gateway]) {
      const answer = await ask(graphqlUrl, { authorization }, method);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ data: { broker: { kind: "EMBEDDED" } } });
    }
  });

  test("that shows nothing is challenged", async () => {
    const { gateway } = await withIssuer();
    const answer = await ask(gateway.graphqlUrl, {}, method);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="rabbitql"');
    expect(answer.headers.get("content-type")).toContain(GRAPHQL_TYPE);
    expect(await answer.json()).toEqual(refused(expect.stringContaining("Credentials are needed")));
  });

  test("with a token that has expired is told so", async () => {
    const { issuer, gateway } = await withIssuer();
    const authorization = `Bearer ${await issuer.token({ exp: inSeconds(-1) })}`;
    const answer = await ask(gateway.graphqlUrl, { authorization }, method);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer realm="rabbitql", error="invalid_token", error_description="The token has expired"',
    );
    expect(await answer.json()).toEqual(refused("The token has expired"));
  });
});

test("the refusal is in the form that is asked for", async () => {
  const { gateway } = await withIssuer();
  for (const [accept, type] of [
    ["application/json", "application/json"],
    ["*/*", "application/json"],
    ["text/event-stream", "application/json"],
    [`text/html, ${GRAPHQL_TYPE};q=0.5`, GRAPHQL_TYPE],
  ] as const) {
    const answer = await ask(gateway.graphqlUrl, { accept });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
  }
});

test("however large the body is, the refusal is heard", async () => {
  const { gateway } = await withIssuer();
  for (let count = 0; count < 5; count++) {
    const answer = await fetch(gateway.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: `#${"x".repeat(500_000)}` }),
    });
    expect(answer.status).toBe(401);
    await answer.text();
  }
});

test("what cannot be checked now is no refusal for good", async () => {
  const { issuer, gateway } = await withIssuer();
  issuer.answer = (_request, response) => void response.writeHead(500).end();
  const answer = await ask(gateway.graphqlUrl, {
    authorization: `Bearer ${await issuer.token()}`,
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("5");
  expect(await answer.json()).toEqual(refused("Tokens cannot be checked now; try again"));
});

test("a page that may use the gateway can read why it may not", async () => {
  const { gateway } = await withIssuer();
  const origin = "https://app.test";
  const preflight = await fetch(gateway.graphqlUrl, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });
  expect(preflight.ok).toBe(true);
  const answer = await ask(gateway.graphqlUrl, { origin });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
});

describe("a token in a URL", () => {
  test.for(["access_token", "token", "Authorization", "api_key", "jwt"])(
    "as %s is not taken, and not said again",
    async (name) => {
      const { issuer, gateway } = await withIssuer();
      const token = await issuer.token();
      const answer = await fetch(
        `${gateway.graphqlUrl}?query=${encodeURIComponent(KIND)}&${name}=${token}`,
      );
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(text).toContain(`No token is taken from a URL (${name})`);
      expect(text).not.toContain(token);
    },
  );
});

test("health and metrics ask nobody", async () => {
  const { gateway } = await withIssuer();
  for (const path of ["/livez", "/readyz", "/metrics"])
    expect((await fetch(new URL(path, gateway.graphqlUrl))).status).not.toBe(401);
});

describe("a stream of events", () => {
  const expiring: AuthenticateHook = ({ headers }) => {
    if (headers.authorization !== "Bearer ada") throw new CodedError("UNAUTHENTICATED", "Who?");
    return { id: "ada", expiresAt };
  };
  let expiresAt = new Date();
  const HEADERS = { authorization: "Bearer ada" };

  test.for([
    ["of a group", KEYS],
    ["by graphql-js", KEYS.replace(") {", ") @include(if: true) {")],
  ] as const)("%s ends with an error when its caller has expired", async ([, query]) => {
    const gateway = await scriptedGateway({}, expiring);
    expiresAt = new Date(Date.now() + 1_000);
    const opening = openSse(gateway, query, {}, HEADERS);
    const tap = await gateway.liveTap();
    const stream = await opening;
    tap.deliver(new TestMessage({ routingKey: "1" }));
    expect(await stream.next()).toEqual({ data: { messages: { routingKey: "1" } } });
    await stream.ended;
    const late = Date.now() - expiresAt.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1_000);
    tap.deliver(new TestMessage({ routingKey: "2" }));
    expect(stream.events.slice(1)).toEqual([
      { event: "next", data: JSON.stringify(refused("The credentials have expired")) },
      { event: "complete", data: "" },
    ]);
    await tap.closed;
  });

  test("of work ends with an error too, and what it held goes back", async () => {
    const gateway = await startGateway({
      broker: "embedded",
      authenticate: (request) =>
        request.headers.authorization === undefined ? { id: "operator" } : expiring(request),
    });
    onTestFinished(() => gateway.close());
    const queue = await declaredQueue(gateway);
    await queued(gateway, queue, "1");
    expiresAt = new Date(Date.now() + 1_000);
    const query = `subscription { deliveries(queue: "${queue}", prefetch: 1) { id } }`;
    const stream = await openSse(gateway, query, {}, HEADERS);
    expect(await stream.next()).toMatchObject({ data: { deliveries: {} } });
    await stream.ended;
    const late = Date.now() - expiresAt.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1_000);
    expect(stream.events.slice(1)).toEqual([
      { event: "next", data: JSON.stringify(refused("The credentials have expired")) },
      { event: "complete", data: "" },
    ]);
    await eventually(async () => expect(await readyIn(gateway, queue)).toBe(1));
  });

  test("is not begun for whoever is not let in", async () => {
    const gateway = await scriptedGateway({}, expiring);
    const { response } = await openSse(gateway, KEYS);
    expect(response.status).toBe(401);
  });
});
