import { EventEmitter, once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
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

const OURS = "ours@here";
/** What says whether the user may see the virtual host. */
const ACCESS = "/api/exchanges/%2F/amq.direct?columns=name";

/** What answers like a management API of a cluster called {@link OURS}: all but its name and access is asked of `answer`. */
async function serving(answer: RequestListener, cluster = OURS): Promise<ManagementAddress> {
  return await listening((request, response) => {
    if (request.url === "/api/cluster-name") response.end(JSON.stringify({ name: cluster }));
    else if (request.url === ACCESS) response.end("{}");
    else answer(request, response);
  });
}

async function listening(answer: RequestListener): Promise<ManagementAddress> {
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

const answering = (cluster?: string): Promise<ManagementAddress> =>
  serving((_request, response) => response.end(JSON.stringify(FOUND)), cluster);

function lookupAt(...addresses: readonly ManagementAddress[]) {
  const lines: string[] = [];
  let tell: (() => void) | undefined;
  const lookup = new BindingLookup({
    // As they are read from files and URLs: anew each time.
    addresses: () => Promise.resolve(addresses.map((address) => ({ ...address }))),
    virtualHost: "/",
    logger: createLogger({
      level: "info",
      destination: {
        write: (line) => {
          lines.push(line);
          tell?.();
        },
      },
    }),
    onChange: () => tell?.(),
    timeoutMs: 500,
  });
  onTestFinished(() => lookup.close());
  lookup.want();
  /** Resolves when it has told, or logged, something more. */
  const changed = () => new Promise<void>((resolve) => (tell = resolve));
  return { lookup, lines, changed };
}

/** The same, when it has found the API. */
async function foundAt(...addresses: readonly ManagementAddress[]) {
  const made = lookupAt(...addresses);
  const found = made.changed();
  made.lookup.connected(OURS);
  await found;
  return made;
}

test("tells a queue's bindings by their source and key", async () => {
  const paths: unknown[] = [];
  const { lookup, lines } = await foundAt(
    await serving(({ url }, response) => {
      paths.push(url);
      response.end(JSON.stringify(FOUND));
    }),
  );
  expect(await lookup.bindingsOf("gql.a/b", "orders", PROBING)).toEqual([
    { source: "", destination: "q", routingKey: "q" },
    { source: "orders", destination: "q", routingKey: "a.*" },
  ]);
  expect(paths).toEqual([`/api/queues/%2F/gql.a%2Fb/bindings${COLUMNS}`]);
  expect(lines).toEqual([]);
});

test("makes nobody wait before it is known to answer", async () => {
  const { lookup, changed } = lookupAt(await answering());
  const found = changed();
  for (const ask of [PROBING, WAITING])
    expect(await lookup.bindingsOf("q", "orders", ask)).toBeUndefined();
  lookup.connected(OURS);
  // It is being looked for, and what is not known until then can still be told.
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toBe("late");
  expect(lookup.isExpectedToAnswer).toBe(false);
  await found;
  expect(lookup.isExpectedToAnswer).toBe(true);
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toHaveLength(2);
});

test("takes the first that is the broker's own", async () => {
  const refusing = await listening((_request, response) => response.writeHead(401).end("{}"));
  const { lookup, lines } = await foundAt(
    await answering("another's"),
    refusing,
    await answering(),
    await answering("a third's"),
  );
  expect(await lookup.bindingsOf("q", "orders", PROBING)).toHaveLength(2);
  expect(lines).toEqual([]);
});

test.for<[string, () => Promise<ManagementAddress>]>([
  ["refuses the user", () => listening((_request, response) => response.writeHead(401).end("{}"))],
  ["is another broker's", () => answering("another's")],
  ["is none", () => listening((_request, response) => response.end('{"hello": 1}'))],
  ["says not found", () => listening((_request, response) => response.writeHead(404).end("{}"))],
  ["does not answer", () => listening(() => {})],
  [
    "does not let the user see the virtual host",
    () =>
      listening(({ url }, response) => {
        if (url !== "/api/cluster-name") response.statusCode = 401;
        response.end(JSON.stringify({ name: OURS }));
      }),
  ],
])("knows nothing where what is there %s, and says so", async ([, server]) => {
  const { lookup, lines, changed } = lookupAt(await server());
  const said = changed();
  lookup.connected(OURS);
  await said;
  expect(await lookup.bindingsOf("q", "orders", PROBING)).toBeUndefined();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("management-url");
  expect(lookup.isExpectedToAnswer).toBe(false);
});

test("who waits is told that it is late after a while, and those who do not wait wait on", async () => {
  const held: (() => void)[] = [];
  const { lookup, lines } = await foundAt(
    await serving((_request, response) => {
      held.push(() => response.end(JSON.stringify(FOUND)));
    }),
  );
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toBe("late");
  // It still says what it is, and so is there.
  expect(lookup.isExpectedToAnswer).toBe(true);
  const probed = lookup.bindingsOf("q", "orders", PROBING);
  while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const answer of held) answer();
  expect(await probed).toHaveLength(2);
  expect(lines).toEqual([]);
});

test("what it refuses is late at once, until it has been looked for again", async () => {
  let status = 200;
  const { lookup, lines, changed } = await foundAt(
    await serving((_request, response) => response.writeHead(status).end(JSON.stringify(FOUND))),
  );
  await lookup.bindingsOf("q", "orders", PROBING);
  status = 503;
  expect(await lookup.bindingsOf("q", "orders", PROBING)).toBe("late");
  status = 200;
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toBe("late");
  await changed();
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toHaveLength(2);
  expect(lookup.timesAnswering).toBe(2);
  expect(lines.map((line) => /does not answer|answers again/.exec(line)?.[0])).toEqual([
    "does not answer",
    "answers again",
  ]);
});

test("looks once for all who ask at once, at everything that is bound to the exchange", async () => {
  const paths: (string | undefined)[] = [];
  const { lookup } = await foundAt(
    await serving(({ url }, response) => {
      paths.push(url);
      setImmediate(() => response.end(JSON.stringify(FOUND)));
    }),
  );
  const names = Array.from({ length: 100 }, (_, place) => (place % 2 === 0 ? "q" : "other"));
  const all = await Promise.all(names.map((name) => lookup.bindingsOf(name, "orders", WAITING)));
  expect(paths.length).toBeLessThan(10);
  expect(paths).toContain(`/api/exchanges/%2F/orders/bindings/source${COLUMNS}`);
  // Those who were few are told of their queue, which answers alike here whatever it is asked for.
  expect(all.slice(10).map((bindings) => bindings?.length)).toEqual(
    names.slice(10).map((name) => (name === "q" ? 2 : 0)),
  );
});

test("looks at each queue by itself where an exchange has too many bindings", async () => {
  const paths: (string | undefined)[] = [];
  const { lookup, lines } = await foundAt(
    await serving(({ url }, response) => {
      paths.push(url);
      const isExchange = url?.startsWith("/api/exchanges/") ?? false;
      response.end(isExchange ? `["${"x".repeat(1_100_000)}"]` : JSON.stringify(FOUND));
    }),
  );
  for (let times = 0; times < 2; times++) {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => lookup.bindingsOf("q", "orders", WAITING)),
    );
    expect(new Set(all.map((bindings) => bindings?.length))).toEqual(new Set([2]));
  }
  expect(paths.filter((path) => path?.startsWith("/api/exchanges/")).length).toBeLessThanOrEqual(2);
  expect(lines).toEqual([]);
});

test("of a queue of which there is too much to tell nothing is known, and of others it is", async () => {
  const { lookup, lines } = await foundAt(
    await serving(({ url }, response) => {
      const isLong = url?.includes("/long/") ?? false;
      response.end(isLong ? `["${"x".repeat(1_100_000)}"]` : JSON.stringify(FOUND));
    }),
  );
  expect(await lookup.bindingsOf("long", "orders", PROBING)).toBeUndefined();
  expect(await lookup.bindingsOf("q", "orders", WAITING)).toHaveLength(2);
  expect(lines).toEqual([]);
});

test("one queue's or exchange's not being found says nothing of the others", async () => {
  const { lookup, lines } = await foundAt(
    await serving(({ url }, response) => {
      const isGone = url?.startsWith("/api/exchanges/") || url?.includes("/gone/");
      response.writeHead(isGone ? 404 : 200).end(JSON.stringify(FOUND));
    }),
  );
  const all = await Promise.all(
    Array.from({ length: 20 }, () => lookup.bindingsOf("q", "orders", WAITING)),
  );
  expect(new Set(all.map((bindings) => bindings?.length))).toEqual(new Set([2]));
  expect(await lookup.bindingsOf("gone", "orders", PROBING)).toBe("late");
  expect(await lookup.bindingsOf("q", "orders", PROBING)).toHaveLength(2);
  expect(lines).toEqual([]);
});

test("who was asking in vain while it was found anew is told that it is late", async () => {
  const api = new EventEmitter();
  const { lookup, lines } = await foundAt(
    await listening(({ url }, response) => {
      if (url === "/api/cluster-name") response.end(JSON.stringify({ name: OURS }));
      else if (url !== ACCESS) api.emit("asked", response);
      else response.end("{}", () => api.emit("found"));
    }),
  );
  const asked = once(api, "asked");
  const asking = lookup.bindingsOf("q", "orders", PROBING);
  const [response] = (await asked) as [ServerResponse];
  const found = once(api, "found");
  lookup.connected(OURS);
  await found;
  // A search that begins when the one before is over: by then its address has been taken.
  const again = once(api, "found");
  lookup.connected(OURS);
  await again;
  response.writeHead(500).end();
  expect(await asking).toBe("late");
  expect(lookup.isExpectedToAnswer).toBe(true);
  expect(lines).toEqual([]);
});
