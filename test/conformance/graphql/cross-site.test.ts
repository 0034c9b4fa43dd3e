import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startGateway } from "../../harness/gateway.ts";
import { upgradeRequest } from "./support/raw-socket.ts";
import { sharedGateway } from "./support/shared-gateway.ts";

const APP = "https://app.example";
const MUTATION = `mutation { publish(input: { exchange: "amq.topic", body: { text: "x" } }) { routed } }`;
const JSON_BODY = JSON.stringify({ query: MUTATION });
const IN_URL = `?query=${encodeURIComponent(MUTATION)}`;

/** What a page can have a browser send without asking first (Fetch, "CORS-safelisted"), and how it is refused. */
const UNASKED: Readonly<Record<string, readonly [number, () => RequestInit, string?]>> = {
  "a form": [415, () => ({ method: "POST", body: new URLSearchParams({ query: MUTATION }) })],
  "a form in capitals": [
    415,
    () => ({
      method: "POST",
      body: new URLSearchParams({ query: MUTATION }).toString(),
      headers: { "content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8" },
    }),
  ],
  "a form with an upload": [415, () => ({ method: "POST", body: multipart() })],
  "text/plain": [415, () => ({ method: "POST", body: JSON_BODY })],
  "no content type": [415, () => ({ method: "POST", body: new Blob([JSON_BODY]) })],
  "two content types": [
    415,
    () => ({
      method: "POST",
      body: JSON_BODY,
      headers: { "content-type": "text/plain, application/json" },
    }),
  ],
  "a link": [405, () => ({ method: "GET" }), IN_URL],
};

function multipart(): FormData {
  const form = new FormData();
  form.set("operations", JSON_BODY);
  form.set("map", "{}");
  return form;
}

const ORIGINS = [undefined, "https://evil.example", APP, "null", "own"] as const;

describe.for([[[]], [[APP]], [["*"]]] as const)("with the allowed origins %j", ([allowed]) => {
  const gateway = sharedGateway({ broker: "embedded", allowedOrigins: allowed });
  const isListed = (origin: string) =>
    allowed.some((one: string) => one === "*" || one === origin) || origin === "own";

  async function sent(
    init: RequestInit,
    { origin, inUrl = "" }: { origin: string | undefined; inUrl?: string | undefined },
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (origin !== undefined) headers.set("origin", origin === "own" ? gateway().url : origin);
    return fetch(`${gateway().graphqlUrl}${inUrl}`, { ...init, headers });
  }

  describe.for(ORIGINS)("from the origin %s", (origin) => {
    const isForeign = origin !== undefined && !isListed(origin);

    test.for(Object.entries(UNASKED))(
      "fault 49: no mutation by %s",
      async ([, [status, init, inUrl]]) => {
        const response = await sent(init(), { origin, inUrl });
        expect(response.status).toBe(isForeign ? 403 : status);
        expect(await response.text()).not.toContain('"data"');
      },
    );

    test("a mutation by JSON, and its preflight, where the page may use the gateway", async () => {
      const asks = { "access-control-request-method": "POST" };
      const answers = [
        await sent({ method: "OPTIONS", headers: asks }, { origin }),
        await sent(
          { method: "POST", body: JSON_BODY, headers: { "content-type": "application/json" } },
          { origin },
        ),
      ];
      for (const { headers } of answers) {
        // An origin that is not listed is never told that it may read.
        const readableBy = headers.get("access-control-allow-origin");
        expect(
          ["own", undefined].includes(origin) || readableBy === (isForeign ? null : origin),
        ).toBe(true);
        expect(headers.get("access-control-allow-credentials")).toBeNull();
      }
      expect(await answers[1]?.json()).toMatchObject(
        isForeign
          ? { errors: [{ extensions: { code: "FORBIDDEN" } }] }
          : { data: { publish: { routed: false } } },
      );
    });

    test("fault 49: an upgrade only where the page may use the gateway", async () => {
      const { port, origin: own } = new URL(gateway().url);
      const headers = origin === undefined ? {} : { origin: origin === "own" ? own : origin };
      const socket = connect({ port: Number(port), host: "127.0.0.1" });
      socket.write(upgradeRequest("/graphql", { host: `127.0.0.1:${port}`, ...headers }));
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      expect(answer.toString()).toMatch(isForeign ? /^HTTP\/1.1 403 / : /^HTTP\/1.1 101 /);
    });
  });
});

test("a page learns from a refusal that it may sign in, where it may use the gateway, and no other page", async () => {
  const gateway = await startGateway({
    broker: "embedded",
    allowedOrigins: [APP],
    authenticate: () => undefined,
  });
  try {
    for (const [origin, status, readableBy] of [
      [APP, 401, APP],
      ["https://evil.example", 403, null],
    ] as const) {
      const response = await fetch(gateway.graphqlUrl, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON_BODY,
      });
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(readableBy);
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
  } finally {
    await gateway.close();
  }
});

test("a page reads that it asked too much or too often, where it may use the gateway, and no other page", async () => {
  const gateway = await startGateway({
    broker: "embedded",
    allowedOrigins: [APP],
    maxMessageBytes: 1_024,
    maxRequestBytes: 131_072,
    operationsPerSecond: 1,
    operationsBurst: 3,
  });
  const asked = (contentType: string, body: string, origin: string) =>
    fetch(gateway.graphqlUrl, {
      method: "POST",
      headers: { "content-type": contentType, origin },
      body,
    });
  const refusals = [
    ["application/x-www-form-urlencoded", "query=x", 415, null],
    ["application/json", "x".repeat(140_000), 413, null],
    ["application/json", JSON_BODY, 200, null],
    ["application/json", JSON_BODY, 429, "Retry-After"],
  ] as const;
  try {
    for (const [contentType, body, status, exposed] of refusals) {
      const response = await asked(contentType, body, APP);
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(APP);
      expect(response.headers.get("access-control-expose-headers")).toBe(exposed);
      const foreign = await asked(contentType, body, "https://evil.example");
      expect(foreign.status).toBe(403);
      expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    }
  } finally {
    await gateway.close();
  }
});
