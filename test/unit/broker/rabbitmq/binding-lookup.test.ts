import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { BindingLookup } from "../../../../src/broker/rabbitmq/binding-lookup.ts";
import type { ManagementAddress } from "../../../../src/broker/rabbitmq/management-api.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";

const PROBING = { soon: false };
const WAITING = { soon: true };
const COLUMNS = "?columns=source,destination,routing_key";
const FOUND = [
  { source: "", destination: "q", routing_key: "q", arguments: {} },
  { source: "orders", destination: "q", routing_key: "a.*", arguments: { x: 1 } },
];

/** What answers like a management API, or does not. */
async function serving(answer: RequestListener): Promise<ManagementAddress> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { base: new URL(`http://127.0.0.1:${port}`), user: "u", password: "p", tls: {} };
}

const answering = (): Promise<ManagementAddress> =>
  serving((_request, response) => response.end(JSON.stringify(FOUND)));
const refusing = (status: number): Promise<ManagementAddress> =>
  serving((_request, response) => response.writeHead(status).end("{}"));

function lookupAt(...addresses: readonly ManagementAddress[]) {
  const lines: string[] = [];
  const lookup = new BindingLookup({
    addresses: () => Promise.resolve(addresses),
    virtualHost: "/",
    logger: createLogger({ level: "info", destination: { write: (line) => lines.push(line) } }),
    timeoutMs: 500,
  });
  onTestFinished(() => lookup.close());
  return { lookup, lines };
}

test("tells a queue's bindings by their source and key", async () => {
  const paths: unknown[] = [];
  const { lookup, lines } = lookupAt(
    await serving(({ url }, response) => {
      paths.push(url);
      response.end(JSON.stringify(FOUND));
    }),
  );
  expect(lookup.isToBeTried).toBe(true);
  expect(await lookup.bindingsOf("gql.a/b", "orders", PROBING)).toEqual([
    { source: "", destination: "q", routingKey: "q" },
    { source: "orders", destination: "q", routingKey: "a.*" },
  ]);
  expect(paths).toEqual([`/api/queues/%2F/gql.a%2Fb/bindings${COLUMNS}`]);
  expect(lookup.isToBeTried).toBe(false);
  expect(lines).toEqual([]);
});

test("makes nobody wait who is in a hurry before it is known to answer", async () => {
  const { lookup } = lookupAt(await answering());
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toBeUndefined();
  await lookup.bindingsOf("q", "orders", PROBING);
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toHaveLength(2);
});

test("takes the first that knows the queue: another broker's does not", async () => {
  const { lookup, lines } = lookupAt(await refusing(404), await refusing(401), await answering());
  expect(await lookup.bindingsOf("q", "orders", PROBING)).toHaveLength(2);
  expect(lines).toEqual([]);
});

test.for<[string, () => Promise<ManagementAddress>]>([
  ["refuses the user", () => refusing(401)],
  ["is another broker's", () => refusing(404)],
  ["is none", () => serving((_request, response) => response.end('{"hello": 1}'))],
  ["does not answer", () => serving(() => {})],
])(
  "knows nothing where what is there %s, says so once, and does not ask again at once",
  async ([, server]) => {
    const { lookup, lines } = lookupAt(await server());
    for (let times = 0; times < 3; times++)
      expect(await lookup.bindingsOf("q", "orders", PROBING)).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("management-url");
  },
);

test("a queue that is not there is no reason to doubt what has answered before", async () => {
  let status = 200;
  const { lookup, lines } = lookupAt(
    await serving((_request, response) => response.writeHead(status).end(JSON.stringify(FOUND))),
  );
  await lookup.bindingsOf("q", "orders", PROBING);
  status = 404;
  expect(await lookup.bindingsOf("gone", "orders", WAITING)).toBeUndefined();
  status = 200;
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toHaveLength(2);
  expect(lines).toEqual([]);
});

/** What has answered and does not any more, until `answer` is called. */
async function silenced() {
  let status = 200;
  let asked = 0;
  const server = await serving((_request, response) => {
    asked++;
    response.writeHead(status).end(JSON.stringify(FOUND));
  });
  const { lookup, lines } = lookupAt(server);
  await lookup.bindingsOf("q", "orders", PROBING);
  status = 503;
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  return { lookup, lines, asked: () => asked, answer: () => void (status = 200) };
}

describe("what has answered and does not any more", () => {
  const LATE_FOR_MS = 30_000;

  test("is late: asked again after a second, by those who do not wait", async () => {
    const { lookup, lines, asked, answer } = await silenced();
    expect(await lookup.bindingsOf("q", "orders", WAITING)).toBe("late");
    expect(lookup.isExpectedToAnswer).toBe(true);
    const before = asked();
    vi.advanceTimersByTime(999);
    for (const ask of [WAITING, PROBING])
      expect(await lookup.bindingsOf("q", "orders", ask)).toBe("late");
    vi.advanceTimersByTime(1);
    expect(await lookup.bindingsOf("q", "orders", WAITING)).toBe("late");
    expect(asked()).toBe(before);
    answer();
    expect(await lookup.bindingsOf("q", "orders", PROBING)).toHaveLength(2);
    expect(lines.map((line) => /does not answer|answers again/.exec(line)?.[0])).toEqual([
      "does not answer",
      "answers again",
    ]);
  });

  test("is gone after half a minute, asked again every five seconds", async () => {
    const { lookup, lines, asked, answer } = await silenced();
    await lookup.bindingsOf("q", "orders", PROBING);
    vi.advanceTimersByTime(LATE_FOR_MS - 1);
    expect(await lookup.bindingsOf("q", "orders", PROBING)).toBe("late");
    vi.advanceTimersByTime(1_000);
    expect(await lookup.bindingsOf("q", "orders", PROBING)).toBeUndefined();
    expect(lookup.isExpectedToAnswer).toBe(false);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain("management-url");
    const before = asked();
    vi.advanceTimersByTime(4_999);
    expect(await lookup.bindingsOf("q", "orders", PROBING)).toBeUndefined();
    expect(asked()).toBe(before);
    answer();
    vi.advanceTimersByTime(1);
    expect(await lookup.bindingsOf("q", "orders", PROBING)).toHaveLength(2);
    expect(lookup.isExpectedToAnswer).toBe(true);
    expect(lines).toHaveLength(3);
  });
});

test("looks once for all who ask at once, at everything that is bound to the exchange", async () => {
  const paths: (string | undefined)[] = [];
  const { lookup } = lookupAt(
    await serving(({ url }, response) => {
      paths.push(url);
      setImmediate(() => response.end(JSON.stringify(FOUND)));
    }),
  );
  await lookup.bindingsOf("q", "orders", PROBING);
  const names = Array.from({ length: 100 }, (_, place) => (place % 2 === 0 ? "q" : "other"));
  const all = await Promise.all(names.map((name) => lookup.bindingsOf(name, "orders", WAITING)));
  expect(paths.length).toBeLessThan(10);
  expect(paths).toContain(`/api/exchanges/%2F/orders/bindings/source${COLUMNS}`);
  // Those who were few are told of their queue, which answers alike here whatever it is asked for.
  expect(all.slice(10).map((bindings) => bindings?.length)).toEqual(
    names.slice(10).map((name) => (name === "q" ? 2 : 0)),
  );
});

test("of many who ask, each is told that nothing is bound where the exchange is missing", async () => {
  const { lookup, lines } = lookupAt(
    await serving(({ url }, response) => {
      const isExchange = url?.startsWith("/api/exchanges/") ?? false;
      response.writeHead(isExchange ? 404 : 200).end(JSON.stringify(FOUND));
    }),
  );
  await lookup.bindingsOf("q", "orders", PROBING);
  const all = await Promise.all(
    Array.from({ length: 20 }, () => lookup.bindingsOf("q", "orders", WAITING)),
  );
  expect(all.at(-1)).toEqual([]);
  expect(lines).toEqual([]);
});

test("looks at each queue by itself where an exchange has too many bindings", async () => {
  const paths: (string | undefined)[] = [];
  const { lookup, lines } = lookupAt(
    await serving(({ url }, response) => {
      paths.push(url);
      const isExchange = url?.startsWith("/api/exchanges/") ?? false;
      response.end(isExchange ? `["${"x".repeat(1_100_000)}"]` : JSON.stringify(FOUND));
    }),
  );
  await lookup.bindingsOf("q", "orders", PROBING);
  for (let times = 0; times < 2; times++) {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => lookup.bindingsOf("q", "orders", WAITING)),
    );
    expect(new Set(all.map((bindings) => bindings?.length))).toEqual(new Set([2]));
  }
  expect(paths.filter((path) => path?.startsWith("/api/exchanges/")).length).toBeLessThanOrEqual(2);
  expect(lines).toEqual([]);
});
