import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveHealth, type Health } from "../../../src/server/health.ts";

const since = new Date(0);
const CONNECTED: Health = {
  broker: { kind: "rabbitmq", virtualHost: "/", state: "connected", since },
  connections: [{ name: "publishing", state: "connected", since, opened: 1 }],
  interruptedTaps: 0,
  stopping: false,
};

let health = CONNECTED;
let asked = 0;
const server = createServer((request, response) => {
  const mine = serveHealth(request, response, () => {
    asked++;
    return health;
  });
  if (!mine) response.writeHead(404).end();
});

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function answerAt(path: string): Promise<readonly [number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return [response.status, response.status === 404 ? undefined : await response.json()];
}

describe("/readyz", () => {
  test("is ok where messages can be published", async () => {
    health = CONNECTED;
    expect(await answerAt("/readyz?verbose")).toEqual([200, { status: "ok" }]);
  });

  test("says how many taps miss messages, also where messages can be published", async () => {
    health = { ...CONNECTED, interruptedTaps: 2 };
    expect(await answerAt("/readyz")).toEqual([200, { status: "ok", interruptedTaps: 2 }]);
  });

  test("says how each connection is where one is not well", async () => {
    const reason = "The broker does not answer";
    health = {
      broker: { ...CONNECTED.broker, state: "disconnected", reason },
      connections: [
        { name: "publishing", state: "connected", since, opened: 3 },
        { name: "consuming", state: "disconnected", since, reason, opened: 1 },
      ],
      interruptedTaps: 1,
      stopping: false,
    };
    expect(await answerAt("/readyz")).toEqual([
      503,
      {
        status: "unavailable",
        broker: "disconnected",
        reason,
        interruptedTaps: 1,
        connections: [
          { name: "publishing", state: "connected", since: since.toISOString() },
          { name: "consuming", state: "disconnected", since: since.toISOString(), reason },
        ],
      },
    ]);
  });

  test("has a reason before there is one, and while the gateway stops", async () => {
    health = { ...CONNECTED, broker: { ...CONNECTED.broker, state: "connecting" } };
    expect(await answerAt("/readyz")).toMatchObject([503, { reason: "Not connected yet" }]);
    health = { ...CONNECTED, stopping: true };
    expect(await answerAt("/readyz")).toEqual([
      503,
      { status: "unavailable", reason: "The gateway is stopping" },
    ]);
  });
});

test("whoever asks something else costs nobody a question", async () => {
  asked = 0;
  expect(await answerAt("/livez")).toEqual([200, { status: "ok" }]);
  expect(await answerAt("/graphql")).toEqual([404, undefined]);
  expect(asked).toBe(0);
});
