import { afterEach, describe, expect, test, vi } from "vitest";
import type { EmbeddedAdapter } from "../../../../src/broker/embedded/embedded-adapter.ts";
import { createEmbeddedAdapter } from "../../../../src/broker/embedded/embedded-adapter.ts";
import { fieldTable } from "../../../../src/broker/field-table.ts";
import { coded } from "../../../conformance/broker-contract/coded.ts";
import {
  binding,
  declared,
  exchangeSpec,
  message,
  queueSpec,
  readyIn,
  tapped,
} from "../../../conformance/broker-contract/fixtures.ts";

const TAP = { maxLength: 10, maxLengthBytes: 1024 };

function opened(): EmbeddedAdapter {
  const adapter = createEmbeddedAdapter({ tap: TAP });
  adapter.open();
  return adapter;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("before it is opened", () => {
  test("it is connecting, and takes nothing", async () => {
    const adapter = createEmbeddedAdapter({ tap: TAP, virtualHost: "orders", user: "app" });
    expect(adapter.status).toMatchObject({
      kind: "embedded",
      state: "connecting",
      virtualHost: "orders",
    });
    expect(adapter.user).toBe("app");
    await expect(adapter.publish(message("amq.topic", "a"))).rejects.toEqual(
      coded("BROKER_UNAVAILABLE"),
    );
  });

  test("open tells the listeners that it is connected", () => {
    const adapter = createEmbeddedAdapter({ tap: TAP });
    const told: string[] = [];
    adapter.onStatus(({ state }) => told.push(state));
    adapter.open();
    adapter.open();
    expect(told).toEqual(["connected"]);
  });
});

describe("what it does not keep", () => {
  test("a queue argument that nobody knows is NOT_SUPPORTED, and the queue not declared", async () => {
    const adapter = opened();
    const spec = queueSpec("work", { arguments: fieldTable({ "x-anything": 1 }) });
    await expect(adapter.declareQueue(spec)).rejects.toEqual(coded("NOT_SUPPORTED", "x-anything"));
    expect(adapter.inspect().queues).toEqual([]);
  });

  test("an exchange argument other than alternate-exchange is NOT_SUPPORTED", async () => {
    const adapter = opened();
    const spec = exchangeSpec("orders", "topic", {
      arguments: fieldTable({ "x-delayed-type": "direct" }),
    });
    await expect(adapter.declareExchange(spec)).rejects.toEqual(
      coded("NOT_SUPPORTED", "x-delayed-type"),
    );
    expect(adapter.inspect().exchanges.map(({ name }) => name)).not.toContain("orders");
  });
});

describe("inspect", () => {
  test("shows exchanges, queues and bindings, and no longer changes", async () => {
    const adapter = opened();
    await adapter.declareExchange(exchangeSpec("orders", "topic", { durable: true }));
    await adapter.declareQueue(queueSpec("work"));
    await adapter.bind(binding("orders", "work", { routingKey: "order.#" }));
    await adapter.publish(message("orders", "order.1"));
    const before = adapter.inspect();
    await adapter.deleteExchange("orders", { ifUnused: false });
    expect(before.exchanges.map(({ name }) => name)).toEqual([
      "",
      "amq.direct",
      "amq.fanout",
      "amq.headers",
      "amq.match",
      "amq.topic",
      "orders",
    ]);
    expect(before.queues).toEqual([
      {
        ...queueSpec("work"),
        exclusive: false,
        messagesReady: 1,
        messagesUnacknowledged: 0,
        consumers: 0,
      },
    ]);
    expect(before.bindings).toEqual([binding("orders", "work", { routingKey: "order.#" })]);
    expect(adapter.inspect().bindings).toEqual([]);
  });

  test("shows a tap's queue with its bounds", async () => {
    const adapter = opened();
    const { tap } = await tapped(adapter, "amq.topic", ["a"]);
    expect(adapter.inspect().queues).toMatchObject([
      {
        exclusive: true,
        autoDelete: true,
        durable: false,
        consumers: 1,
        arguments: { "x-max-length": 10 },
      },
    ]);
    await tap.close();
    expect(adapter.inspect().queues).toEqual([]);
  });
});

test("a tap whose consumer keeps up loses nothing, however many come at once", async () => {
  const adapter = opened();
  const { recorder } = await tapped(adapter, "amq.fanout");
  await Promise.all(
    Array.from({ length: 1_000 }, (_, place) =>
      adapter.publish(message("amq.fanout", String(place))),
    ),
  );
  await recorder.received(1_000);
  expect(recorder.routingKeys).toEqual(Array.from({ length: 1_000 }, (_, place) => String(place)));
  await adapter.close();
});

test("a queue keeps its order through many messages added and dropped", async () => {
  const adapter = opened();
  const bounds = { arguments: fieldTable({ "x-max-length": 3 }) };
  await adapter.declareQueue(queueSpec("work", bounds));
  for (let place = 0; place < 100; place += 1) await adapter.publish(message("", "work"));
  expect(await readyIn(adapter, "work", bounds)).toBe(3);
});

test("messages expire when their time has come, the queue's or their own, whichever is sooner", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const adapter = opened();
  const bounds = { arguments: fieldTable({ "x-message-ttl": 1_000 }) };
  await adapter.declareQueue(queueSpec("work", bounds));
  const { properties, ...rest } = message("", "work");
  await adapter.publish({ ...rest, properties: { ...properties, expirationMs: 500 } });
  await adapter.publish({ ...rest, properties: { ...properties, expirationMs: 5_000 } });
  vi.advanceTimersByTime(499);
  expect(await readyIn(adapter, "work", bounds)).toBe(2);
  vi.advanceTimersByTime(1);
  expect(await readyIn(adapter, "work", bounds)).toBe(1);
  vi.advanceTimersByTime(500);
  expect(await readyIn(adapter, "work", bounds)).toBe(0);
});

test("awaited publishes leave timers and sockets their turn", async () => {
  const adapter = opened();
  const exchange = await declared(adapter, "fanout");
  const turn = new Promise<string>((resolve) => setTimeout(resolve, 0, "the timer"));
  const publishing = (async () => {
    for (let place = 0; place < 20_000; place += 1) await adapter.publish(message(exchange, "a"));
    return "the publishes";
  })();
  expect(await Promise.race([turn, publishing])).toBe("the timer");
  await publishing;
});
