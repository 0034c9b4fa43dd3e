import { afterEach, beforeEach, expect, test } from "vitest";
import type { BrokerAdapter } from "../../src/broker/adapter.ts";
import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { exchangeSpec, message, unique } from "../conformance/broker-contract/fixtures.ts";
import { TapRecorder } from "../conformance/broker-contract/tap-recorder.ts";
import { connected } from "../harness/connected.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";

/** A network so slow that whatever may be read in the wrong order is. */
const LATENCY_MS = 40;
const PATTERNS = ["a", "b", "c"];

const rabbitMq = sharedRabbitMq();

let proxy: TcpProxy;
/** Behind the slow network. */
let gateway: BrokerAdapter;
/** On a fast one: publishes, and deletes what the taps need. */
let operator: BrokerAdapter;
let exchange: string;

beforeEach(async () => {
  const { hostname, port } = new URL(rabbitMq.amqpUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const proxied = new URL(rabbitMq.amqpUrl);
  proxied.host = `127.0.0.1:${proxy.port}`;
  [gateway, operator] = await Promise.all([opened(proxied.href), opened(rabbitMq.amqpUrl)]);
  exchange = unique("in-its-place");
  await declare();
});

afterEach(async () => {
  await Promise.all([gateway.close(), operator.deleteExchange(exchange, { ifUnused: false })]);
  await operator.close();
  await proxy.close();
});

async function opened(url: string): Promise<BrokerAdapter> {
  const { managementUrl } = rabbitMq;
  const adapter = createRabbitMqAdapter({
    ...resolveConfig({ amqpUrl: url, managementUrl, bindingProbeMs: 300 }),
    url,
    logger: createLogger({ level: "silent" }),
  });
  adapter.open();
  await connected(adapter);
  return adapter;
}

const declare = () => operator.declareExchange(exchangeSpec(exchange, "topic"));
const remove = () => operator.deleteExchange(exchange, { ifUnused: false });

/** The messages of one key, by their numbers, in the order of publishing. */
interface Published {
  readonly routed: number[];
  readonly missing: number[];
}

/** Publishes one after another, with each of the keys in turn, until `done`, asked before each; the body is its number. */
async function publishUntil(
  done: (number: number) => boolean,
): Promise<ReadonlyMap<string, Published>> {
  const published = new Map(
    PATTERNS.map((key): [string, Published] => [key, { routed: [], missing: [] }]),
  );
  for (let number = 1; !done(number); number++) {
    const key = PATTERNS[number % PATTERNS.length] ?? "";
    const outgoing = message(exchange, key, { body: Buffer.from(String(number)) });
    // Refused while there is no such exchange.
    const outcome = await operator.publish(outgoing).catch(() => ({ routed: false }));
    published.get(key)?.[outcome.routed ? "routed" : "missing"].push(number);
  }
  return published;
}

/** What the tap was told, as numbers of messages of one key, with the gaps among them. */
function toldOf(recorder: TapRecorder, key: string): (number | "gap")[] {
  const delivered = recorder.messages.values();
  return recorder.calls.flatMap((call): (number | "gap")[] => {
    if (call === "gap") return [call];
    const next = call === "delivery" ? delivered.next().value : undefined;
    return next?.routingKey === key ? [Number(next.body.toString())] : [];
  });
}

async function nothing(): Promise<void> {}

test.for<[string, (recorder: TapRecorder) => Promise<void>]>([
  ["was replaced between two probes", nothing],
  [
    "is missing until the tap knows",
    (recorder) => recorder.until(() => recorder.calls.includes("interrupted")),
  ],
])(
  "an exchange that %s: the gap is where the messages are missing, for each pattern",
  async ([, meanwhile]) => {
    const recorder = new TapRecorder();
    const tap = await gateway.openTap({ exchange, routingPatterns: PATTERNS }, recorder);
    // From now on it is known where bindings can be looked for.
    await tap.confirm();
    proxy.delay(LATENCY_MS);
    let isEnough = false;
    const publishing = publishUntil(() => isEnough);
    await recorder.received(50);
    await remove();
    await meanwhile(recorder);
    await declare();
    await recorder.until(() => recorder.gaps.length > 0);
    await recorder.received(recorder.messages.length + 50);
    isEnough = true;
    const published = await publishing;
    await recorder.received([...published.values()].flatMap(({ routed }) => routed).length);
    for (const [key, { routed, missing }] of published) {
      const [first = 0] = missing;
      expect(toldOf(recorder, key)).toEqual([
        ...routed.filter((number) => number < first),
        "gap",
        ...routed.filter((number) => number > first),
      ]);
    }
    await tap.close();
  },
);

// Before it is noticed, while what waits is drained, while it is bound, afterwards: wherever that falls.
test.for([1, 80, 160])(
  "an exchange that was replaced, and the connection is lost %i publishes later: no hole without a gap in it",
  async (publishes) => {
    const recorder = new TapRecorder();
    const tap = await gateway.openTap({ exchange, routingPatterns: PATTERNS }, recorder);
    await tap.confirm();
    proxy.delay(LATENCY_MS);
    let cutAt = Infinity;
    let isEnough = false;
    const publishing = publishUntil((number) => {
      if (number >= cutAt) {
        cutAt = Infinity;
        proxy.cut();
      }
      return isEnough;
    });
    await recorder.received(50);
    await remove();
    await declare();
    cutAt = Number(recorder.bodies.at(-1)) + publishes;
    await recorder.until(
      () => cutAt === Infinity && recorder.calls.at(-1) === "delivery" && recorder.gaps.length > 0,
    );
    await recorder.received(recorder.messages.length + 50);
    isEnough = true;
    const published = await publishing;
    const last = Math.max(...[...published.values()].flatMap(({ routed }) => routed));
    await recorder.until(() => recorder.bodies.at(-1) === String(last));
    expect(recorder.gaps.length).toBeLessThanOrEqual(2);
    for (const { from, until } of recorder.gaps)
      expect(from.getTime()).toBeLessThanOrEqual(until.getTime());
    for (const key of PATTERNS) {
      const told = toldOf(recorder, key);
      // The numbers of one key are as far apart as there are keys.
      const holes = told.filter((number, place) => {
        const before = told[place - 1];
        return (
          typeof number === "number" &&
          typeof before === "number" &&
          number !== before + PATTERNS.length
        );
      });
      expect(holes).toEqual([]);
    }
    await tap.close();
  },
);
