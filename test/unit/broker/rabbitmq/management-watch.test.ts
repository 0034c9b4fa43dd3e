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

/** A watch over an API that answers with `status`, and how often it was looked for. */
async function watched() {
  const api = { status: 200, searches: 0 };
  const server = createServer(({ url }, response) => {
    if (url === "/api/cluster-name") api.searches++;
    response.writeHead(api.status).end(JSON.stringify({ name: OURS }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const base = new URL(`http://127.0.0.1:${port}`);
  const lines: string[] = [];
  const changes: string[] = [];
  const client = new ManagementApi(5_000);
  const watch = new ManagementWatch(client, {
    addresses: () => Promise.resolve([{ base, user: "u", password: "p", tls: {} }]),
    virtualHost: "%2F",
    logger: createLogger({ level: "info", destination: { write: (line) => lines.push(line) } }),
    onChange: () => changes.push(watch.address ? "found" : "gone"),
  });
  watch.want();
  onTestFinished(async () => {
    watch.close();
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  /** Begins a search and waits for its end: where it is in vain, the next is set. */
  const searched = async (begin: () => void) => {
    const before = api.searches;
    begin();
    while (api.searches === before) await turn();
    while (api.status === 200 ? !watch.address : vi.getTimerCount() === 0) await turn();
  };
  const fail = () => watch.address && watch.failed(watch.address, new ManagementTrouble("nothing"));
  return { api, watch, lines, changes, searched, fail };
}

/** Nobody looks for it in that time. */
function quietFor(ms: number): void {
  vi.advanceTimersByTime(ms);
  expect(vi.getTimerCount()).toBe(1);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const levels = (lines: readonly string[]) =>
  lines.map((line) => (JSON.parse(line) as { level: string }).level);

test("is late for half a minute, looked for each second, and then gone, looked for each five", async () => {
  const { api, watch, lines, changes, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  watch.answered();
  expect(changes).toEqual(["found"]);
  api.status = 503;
  fail();
  expect(watch.address).toBeUndefined();
  for (let second = 1; second < 30; second++) {
    quietFor(999);
    await searched(() => vi.advanceTimersByTime(1));
    expect(watch.isExpectedToAnswer).toBe(true);
  }
  expect(changes).toEqual(["found"]);
  await searched(() => vi.advanceTimersByTime(1_000));
  expect(watch.isExpectedToAnswer).toBe(false);
  expect(changes).toEqual(["found", "gone"]);
  quietFor(4_999);
  api.status = 200;
  await searched(() => vi.advanceTimersByTime(1));
  expect(changes).toEqual(["found", "gone", "found"]);
  expect(watch.timesAnswering).toBe(1);
  watch.answered();
  expect(watch.timesAnswering).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
  expect(levels(lines)).toEqual(["warn", "warn", "info"]);
});

test("one that is there and tells nothing is gone after the same time, and the log does not waver", async () => {
  const { watch, lines, changes, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  watch.answered();
  for (let second = 0; second < 30; second++) {
    fail();
    expect(watch.isExpectedToAnswer).toBe(true);
    await searched(() => vi.advanceTimersByTime(1_000));
  }
  fail();
  expect(watch.isExpectedToAnswer).toBe(false);
  expect(changes.at(-1)).toBe("gone");
  await searched(() => vi.advanceTimersByTime(5_000));
  fail();
  expect(watch.isExpectedToAnswer).toBe(false);
  expect(levels(lines)).toEqual(["warn", "warn"]);
});

test("one that has never answered is looked for each minute, and with each connection", async () => {
  const { api, watch, lines, changes, searched } = await watched();
  api.status = 401;
  await searched(() => watch.connected(OURS));
  expect(changes).toEqual(["gone"]);
  expect(watch.isAwaited).toBe(false);
  quietFor(59_999);
  await searched(() => vi.advanceTimersByTime(1));
  await searched(() => watch.connected(OURS));
  expect(levels(lines)).toEqual(["warn"]);
  expect(changes).toEqual(["gone"]);
});

test("is looked for when there is a connection and somebody wants it, and awaited the first time", async () => {
  const { api, searched, watch } = await watched();
  expect(watch.isAwaited).toBe(false);
  await searched(() => {
    watch.connected(OURS);
    expect(watch.isAwaited).toBe(true);
  });
  expect(api.searches).toBe(1);
  watch.want();
  await turn();
  expect(api.searches).toBe(1);
});

test("whoever asked in vain at an address that is not taken any more says nothing", async () => {
  const { watch, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  const { address } = watch;
  if (!address) throw new Error("It was not found");
  watch.failed({ ...address }, new ManagementTrouble("nothing"));
  expect(watch.address).toBe(address);
  fail();
  expect(watch.address).toBeUndefined();
});

test("another cluster's is not taken, nor kept where the next connection is to another", async () => {
  const { watch, searched } = await watched();
  watch.connected("theirs@there");
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  expect(watch.address).toBeUndefined();
  await searched(() => watch.connected(OURS));
  expect(watch.address).toBeDefined();
  watch.connected("theirs@there");
  await vi.waitFor(() => expect(watch.address).toBeUndefined());
});

test("a doubt that is unfounded changes nothing, and one that is not makes it late", async () => {
  const { api, watch, changes, searched } = await watched();
  await searched(() => watch.connected(OURS));
  watch.answered();
  await searched(() => watch.doubt());
  api.status = 500;
  await searched(() => watch.doubt());
  expect(watch.address).toBeUndefined();
  expect(watch.isExpectedToAnswer).toBe(true);
  expect(changes).toEqual(["found"]);
});

test("closed, it looks for nothing any more, and says nothing of what fails then", async () => {
  const { api, watch, lines, searched, fail } = await watched();
  await searched(() => watch.connected(OURS));
  const { address } = watch;
  fail();
  expect(lines).toHaveLength(1);
  watch.close();
  expect(vi.getTimerCount()).toBe(0);
  const { searches } = api;
  for (const begin of [() => watch.connected(OURS), () => watch.doubt()]) begin();
  if (address) watch.failed(address, new ManagementTrouble("nothing"));
  vi.advanceTimersByTime(120_000);
  await turn();
  expect(api.searches).toBe(searches);
  expect(lines).toHaveLength(1);
});
