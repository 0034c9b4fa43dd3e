import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import {
  ManagementApi,
  ManagementTrouble,
} from "../../../../src/broker/rabbitmq/management-api.ts";
import { ManagementWatch } from "../../../../src/broker/rabbitmq/management-watch.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";

const OURS = "ours@here";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watch over an API that answers with `status`, and how often that was asked. */
async function watched() {
  const api = { status: 200, asked: 0 };
  const server = createServer((_request, response) => {
    api.asked++;
    response.writeHead(api.status).end(JSON.stringify({ name: OURS }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const address = { base: new URL(`http://127.0.0.1:${port}`), user: "u", password: "p", tls: {} };
  const lines: string[] = [];
  const changes: string[] = [];
  const client = new ManagementApi(5_000);
  const watch = new ManagementWatch(client, {
    addresses: () => Promise.resolve([address]),
    logger: createLogger({ level: "info", destination: { write: (line) => lines.push(line) } }),
    onChange: () => changes.push(watch.address ? "found" : "gone"),
  });
  onTestFinished(async () => {
    watch.close();
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  /** Lets a search that has begun come to its end: until the next is set, or the API is there. */
  const searched = async (begin: () => void) => {
    const before = api.asked;
    begin();
    while (api.asked === before || (!watch.address && vi.getTimerCount() === 0))
      await new Promise((resolve) => setImmediate(resolve));
  };
  const fail = () => watch.failed(address, new ManagementTrouble("nothing"));
  return { api, watch, address, lines, changes, searched, fail };
}

test("is late for half a minute, looked for each second, and then gone, looked for each five", async () => {
  const { api, watch, lines, changes, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  expect(changes).toEqual(["found"]);
  api.status = 503;
  fail();
  expect(watch.address).toBeUndefined();
  const before = api.asked;
  for (let second = 1; second < 30; second++) {
    vi.advanceTimersByTime(999);
    expect(api.asked).toBe(before + second - 1);
    await searched(() => vi.advanceTimersByTime(1));
    expect(watch.isLate).toBe(true);
  }
  expect(changes).toEqual(["found"]);
  await searched(() => vi.advanceTimersByTime(1_000));
  expect(watch.isLate).toBe(false);
  expect(changes).toEqual(["found", "gone"]);
  const asked = api.asked;
  vi.advanceTimersByTime(4_999);
  expect(api.asked).toBe(asked);
  api.status = 200;
  await searched(() => vi.advanceTimersByTime(1));
  expect(changes).toEqual(["found", "gone", "found"]);
  expect(watch.timesFound).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
    "warn",
    "warn",
    "info",
  ]);
});

test("one that has never answered is looked for each minute, and with each connection", async () => {
  const { api, watch, lines, changes, searched } = await watched();
  api.status = 401;
  await searched(() => watch.connected(OURS));
  expect(watch.isLate).toBe(false);
  const { asked } = api;
  vi.advanceTimersByTime(59_999);
  expect(api.asked).toBe(asked);
  await searched(() => vi.advanceTimersByTime(1));
  await searched(() => watch.connected(OURS));
  expect(lines).toHaveLength(1);
  expect(changes).toEqual([]);
});

test("whoever asks in vain at an address that is not taken any more says nothing", async () => {
  const { watch, address, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  watch.failed({ ...address }, new ManagementTrouble("nothing"));
  expect(watch.address).toBe(address);
  fail();
  expect(watch.address).toBeUndefined();
});

test("another cluster's is not taken, nor kept where the next connection is to another", async () => {
  const { watch, searched } = await watched();
  await searched(() => watch.connected("theirs@there"));
  expect(watch.address).toBeUndefined();
  await searched(() => watch.connected(OURS));
  expect(watch.address).toBeDefined();
  await searched(() => watch.connected("theirs@there"));
  await vi.waitFor(() => expect(watch.address).toBeUndefined());
});

test("a doubt that is unfounded changes nothing, and one that is not makes it late", async () => {
  const { api, watch, changes, searched } = await watched();
  await searched(() => watch.connected(OURS));
  await searched(() => watch.doubt());
  expect(watch.timesFound).toBe(1);
  api.status = 500;
  await searched(() => watch.doubt());
  await vi.waitFor(() => expect(watch.isLate).toBe(true));
  expect(changes).toEqual(["found"]);
});

test("closed, it looks for nothing any more", async () => {
  const { api, watch, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  fail();
  watch.close();
  expect(vi.getTimerCount()).toBe(0);
  const { asked } = api;
  vi.advanceTimersByTime(120_000);
  expect(api.asked).toBe(asked);
});
