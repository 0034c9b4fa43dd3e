import { expect, test } from "vitest";
import { fieldTable, type FieldValue } from "../../../src/broker/field-table.ts";
import type { QueueSpec } from "../../../src/broker/topology.ts";
import { coded } from "./coded.ts";
import {
  binding,
  declared,
  declaredQueue,
  message,
  queueSpec,
  readyIn,
  unique,
} from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };

const withArguments = (entries: Record<string, FieldValue>): Partial<QueueSpec> => ({
  arguments: fieldTable(entries),
});

const MISMATCHES: readonly {
  argument: string;
  first: Partial<QueueSpec>;
  again: Partial<QueueSpec>;
  named: readonly string[];
}[] = [
  {
    argument: "durable",
    first: { autoDelete: true, durable: true },
    again: { durable: false },
    named: ["true", "false"],
  },
  { argument: "autoDelete", first: {}, again: { autoDelete: true }, named: ["false", "true"] },
  {
    argument: "x-max-length",
    first: withArguments({ "x-max-length": 5 }),
    again: withArguments({ "x-max-length": 6 }),
    named: ["5", "6"],
  },
  {
    argument: "x-max-length",
    first: withArguments({ "x-max-length": 5 }),
    again: withArguments({}),
    named: ["5"],
  },
  {
    argument: "x-max-length-bytes",
    first: {},
    again: withArguments({ "x-max-length-bytes": 7 }),
    named: ["7"],
  },
  {
    argument: "x-message-ttl",
    first: withArguments({ "x-message-ttl": 60_000 }),
    again: withArguments({ "x-message-ttl": 1 }),
    named: ["60000", "1"],
  },
  {
    argument: "x-overflow",
    first: withArguments({ "x-overflow": "drop-head" }),
    again: {},
    named: ["drop-head"],
  },
];

export function queueDeclarations(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("a queue may be declared again as it is, which counts its messages", async () => {
    const name = unique("queue");
    expect(await adapter().declareQueue(queueSpec(name))).toEqual({
      messagesReady: 0,
      consumers: 0,
    });
    for (const body of ["a", "b"])
      await adapter().publish(message("", name, { body: Buffer.from(body) }));
    expect(await adapter().declareQueue(queueSpec(name))).toEqual({
      messagesReady: 2,
      consumers: 0,
    });
    expect(await adapter().deleteQueue(name, ANYHOW)).toBe(2);
  });

  test.each(MISMATCHES)(
    "another $argument names it and both values: $named",
    async ({ argument, first, again, named }) => {
      const spec = queueSpec(unique("queue"), first);
      await adapter().declareQueue(spec);
      await expect(
        adapter().declareQueue({ ...spec, arguments: fieldTable(), ...again }),
      ).rejects.toEqual(coded("PRECONDITION_FAILED", spec.name, argument, ...named));
      expect(await readyIn(adapter(), spec.name, first)).toBe(0);
      await adapter().deleteQueue(spec.name, ANYHOW);
    },
  );

  test.each([
    { "x-max-length": -1 },
    { "x-max-length": "5" },
    { "x-max-length": 5.5 },
    { "x-max-length-bytes": -1 },
    { "x-message-ttl": -1 },
    { "x-overflow": "bogus" },
  ])("the argument %j is refused", async (entries) => {
    const refused = queueSpec(unique("queue"), withArguments(entries));
    await expect(adapter().declareQueue(refused)).rejects.toEqual(coded("PRECONDITION_FAILED"));
    expect(await adapter().publish(message("", refused.name))).toEqual({ routed: false });
  });

  test.each(["amq.mine", "amq."])("the name %s is reserved", async (name) => {
    await expect(adapter().declareQueue(queueSpec(name))).rejects.toEqual(coded("FORBIDDEN", name));
    expect(await adapter().publish(message("", name))).toEqual({ routed: false });
  });

  test("deleting one that is not there is no error", async () => {
    expect(await adapter().deleteQueue(unique("missing"), ANYHOW)).toBe(0);
    expect(await adapter().deleteQueue(unique("missing"), { ifUnused: true, ifEmpty: true })).toBe(
      0,
    );
  });

  test("deleting one takes its bindings along", async () => {
    const exchange = await declared(adapter(), "fanout");
    const queue = await declaredQueue(adapter());
    await adapter().bind(binding(exchange, queue));
    await adapter().deleteQueue(queue, ANYHOW);
    expect(await adapter().publish(message(exchange, "a"))).toEqual({ routed: false });
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("ifEmpty spares one that holds messages", async () => {
    const queue = await declaredQueue(adapter());
    await adapter().publish(message("", queue));
    await expect(adapter().deleteQueue(queue, { ifUnused: true, ifEmpty: true })).rejects.toEqual(
      coded("PRECONDITION_FAILED", queue),
    );
    expect(await adapter().deleteQueue(queue, { ifUnused: true, ifEmpty: false })).toBe(1);
    const empty = await declaredQueue(adapter());
    expect(await adapter().deleteQueue(empty, { ifUnused: true, ifEmpty: true })).toBe(0);
    expect(await adapter().publish(message("", empty))).toEqual({ routed: false });
  });

  test("a full queue drops its oldest messages", async () => {
    const byCount = withArguments({ "x-max-length": 2 });
    const byBytes = withArguments({ "x-max-length-bytes": 3 });
    const [counted, weighed] = [
      await declaredQueue(adapter(), byCount),
      await declaredQueue(adapter(), byBytes),
    ];
    for (const queue of [counted, weighed])
      for (const body of ["1", "2", "34", "5"])
        expect(await adapter().publish(message("", queue, { body: Buffer.from(body) }))).toEqual({
          routed: true,
        });
    expect(await readyIn(adapter(), counted, byCount)).toBe(2);
    expect(await readyIn(adapter(), weighed, byBytes)).toBe(2);
    for (const queue of [counted, weighed]) await adapter().deleteQueue(queue, ANYHOW);
  });

  test("a message that may not wait goes where nobody consumes", async () => {
    const ttl = withArguments({ "x-message-ttl": 0 });
    const [patient, impatient] = [
      await declaredQueue(adapter()),
      await declaredQueue(adapter(), ttl),
    ];
    const { properties, ...rest } = message("", patient);
    await adapter().publish({ ...rest, properties: { ...properties, expirationMs: 0 } });
    await adapter().publish(message("", impatient));
    expect([await readyIn(adapter(), patient), await readyIn(adapter(), impatient, ttl)]).toEqual([
      0, 0,
    ]);
    await adapter().publish({ ...rest, properties: { ...properties, expirationMs: 3_600_000 } });
    expect(await readyIn(adapter(), patient)).toBe(1);
    for (const queue of [patient, impatient]) await adapter().deleteQueue(queue, ANYHOW);
  });
}
