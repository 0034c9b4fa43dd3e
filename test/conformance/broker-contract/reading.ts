import { expect, test } from "vitest";
import { fieldTable } from "../../../src/broker/field-table.ts";
import { eventually } from "../../harness/eventually.ts";
import { coded } from "./coded.ts";
import {
  binding,
  declared,
  declaredQueue,
  exchangeSpec,
  message,
  queueSpec,
  unique,
} from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };

export function reading(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each([
    { type: "direct", durable: true, autoDelete: false, internal: true },
    { type: "topic", durable: false, autoDelete: true, internal: false },
  ] as const)("an exchange reads as it was declared: %j", async ({ type, ...declaredAs }) => {
    const spec = exchangeSpec(unique(type), type, {
      ...declaredAs,
      arguments: fieldTable({ "alternate-exchange": "amq.fanout" }),
    });
    await adapter().declareExchange(spec);
    const description = { ...spec, typeName: type };
    expect(await adapter().readExchange(spec.name)).toEqual(description);
    expect(await adapter().readExchanges()).toContainEqual(description);
    await adapter().deleteExchange(spec.name, { ifUnused: false });
    expect(await adapter().readExchange(spec.name)).toBeUndefined();
    expect(await adapter().readExchanges()).not.toContainEqual(description);
  });

  test.each(["", "amq.topic"])("the broker's own exchange %j is read", async (name) => {
    const expected = { name, durable: true, autoDelete: false, internal: false };
    expect(await adapter().readExchange(name)).toMatchObject(expected);
    expect(await adapter().readExchanges()).toContainEqual(expect.objectContaining(expected));
  });

  test("a queue reads as it was declared, with its type among its arguments", async () => {
    const spec = queueSpec(unique("queue"), {
      arguments: fieldTable({ "x-max-length": 5, "x-overflow": "drop-head" }),
    });
    await adapter().declareQueue(spec);
    const description = {
      ...spec,
      exclusive: false,
      arguments: { "x-max-length": 5, "x-overflow": "drop-head", "x-queue-type": "classic" },
    };
    expect(await adapter().readQueue(spec.name)).toMatchObject(description);
    expect(await adapter().readQueues()).toContainEqual(expect.objectContaining(description));
    await adapter().deleteQueue(spec.name, ANYHOW);
    expect(await adapter().readQueue(spec.name)).toBeUndefined();
    expect(await adapter().readQueues()).not.toContainEqual(
      expect.objectContaining({ name: spec.name }),
    );
  });

  test("a queue is counted at once", async () => {
    const name = await declaredQueue(adapter());
    expect(await adapter().countQueue(name)).toEqual({ messagesReady: 0, consumers: 0 });
    for (const body of ["1", "2"])
      await adapter().publish(message("", name, { body: Buffer.from(body) }));
    expect(await adapter().countQueue(name)).toEqual({ messagesReady: 2, consumers: 0 });
    await adapter().deleteQueue(name, ANYHOW);
    await expect(adapter().countQueue(name)).rejects.toEqual(coded("NOT_FOUND", name));
  });

  test("names with anything in them are read", async () => {
    const name = unique("a b/c%2F#?ü&page=2");
    const [exchange, queue] = [exchangeSpec(name, "topic"), queueSpec(name)];
    await adapter().declareExchange(exchange);
    await adapter().declareQueue(queue);
    const bound = binding(name, name, { routingKey: "a.#" });
    await adapter().bind(bound);
    expect(await adapter().readExchange(name)).toMatchObject({ name });
    expect(await adapter().readQueue(name)).toMatchObject({ name });
    expect(await adapter().readBindings({ source: name })).toEqual([bound]);
    expect(await adapter().readBindings({ queue: name })).toEqual([bound]);
    await adapter().deleteQueue(name, ANYHOW);
    await adapter().deleteExchange(name, { ifUnused: false });
  });

  test("bindings are read by source, by queue and altogether", async () => {
    const [source, other] = [
      await declared(adapter(), "topic"),
      await declared(adapter(), "headers"),
    ];
    const queue = await declaredQueue(adapter());
    const first = binding(source, queue, { routingKey: "a.*" });
    const second = binding(source, other, { routingKey: "#", destinationType: "exchange" });
    const third = binding(other, queue, {
      arguments: fieldTable({ "x-match": "any", count: 5, isRed: true }),
    });
    for (const each of [first, second, third]) await adapter().bind(each);

    const fromSource = await adapter().readBindings({ source });
    expect(fromSource).toHaveLength(2);
    expect(fromSource).toEqual(expect.arrayContaining([first, second]));
    const toQueue = await adapter().readBindings({ queue });
    expect(toQueue).toHaveLength(2);
    expect(toQueue).toEqual(expect.arrayContaining([first, third]));
    expect(await adapter().readBindings("all")).toEqual(
      expect.arrayContaining([first, second, third]),
    );

    await adapter().unbind(first);
    expect(await adapter().readBindings({ source })).toEqual([second]);
    await adapter().deleteQueue(queue, ANYHOW);
    expect(await adapter().readBindings({ queue })).toEqual([]);
    for (const exchange of [source, other])
      await adapter().deleteExchange(exchange, { ifUnused: false });
    expect(await adapter().readBindings({ source })).toEqual([]);
  });

  test("a queue's messages are purged, and not those that somebody holds", async () => {
    const name = await declaredQueue(adapter());
    for (const body of ["1", "2", "3"])
      await adapter().publish(message("", name, { body: Buffer.from(body) }));
    const reader = await adapter().openReader(name, { putsBack: true });
    await reader.next();
    expect(await adapter().purgeQueue(name)).toBe(2);
    expect((await adapter().countQueue(name)).messagesReady).toBe(0);
    await reader.close();
    await eventually(async () => expect((await adapter().countQueue(name)).messagesReady).toBe(1));
    await adapter().deleteQueue(name, ANYHOW);
    await expect(adapter().purgeQueue(name)).rejects.toEqual(coded("NOT_FOUND", name));
  });
}
