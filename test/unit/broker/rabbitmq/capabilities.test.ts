import { describe, expect, test } from "vitest";
import { fieldTable, type FieldValue } from "../../../../src/broker/field-table.ts";
import { capabilitiesOf } from "../../../../src/broker/rabbitmq/capabilities.ts";
import { checkQueue } from "../../../../src/broker/rabbitmq/check-queue.ts";
import type { QueueSpec } from "../../../../src/broker/topology.ts";

const MIB = 1024 ** 2;
const OLD = {
  checksCopies: false,
  transientQueues: true,
  globalPrefetch: true,
  queueModes: true,
  passiveNeedsConfigure: false,
  maxMessageBytes: 128 * MIB,
  defaultDeliveryLimit: undefined,
  nackCounts: true,
  cancelsLateConsumers: false,
};
const SINCE_40 = { ...OLD, maxMessageBytes: 16 * MIB, defaultDeliveryLimit: 20 };
const SINCE_41 = { ...SINCE_40, checksCopies: true };
const SINCE_43 = {
  ...SINCE_41,
  transientQueues: false,
  globalPrefetch: false,
  queueModes: false,
  passiveNeedsConfigure: true,
  nackCounts: false,
  cancelsLateConsumers: true,
};

describe("what holds for RabbitMQ", () => {
  test.each([
    ["3.10.8", OLD],
    ["3.13.7", OLD],
    ["4.0.9", SINCE_40],
    ["4.1.0", SINCE_41],
    ["4.2.9", SINCE_41],
    ["4.3.0", SINCE_43],
    ["4.3.0-rc.1", SINCE_43],
    ["4.10.0", SINCE_43],
    ["5.0.0", SINCE_43],
    ["3.8.2", OLD],
    ["10.0", SINCE_43],
    ["a fork's own", OLD],
    ["", OLD],
    [undefined, OLD],
  ])("%s", (version, capabilities) => {
    expect(capabilitiesOf(version)).toEqual(capabilities);
  });
});

const asked = (more: Partial<QueueSpec>, table: Record<string, FieldValue> = {}): QueueSpec => ({
  name: "work",
  type: "classic",
  durable: true,
  autoDelete: false,
  arguments: fieldTable(table),
  ...more,
});

describe("a queue that is asked for", () => {
  test.each([
    [
      "neither durable nor exclusive",
      asked({ durable: false }),
      /^Queue "work" with durable: false/,
    ],
    ["with x-queue-mode", asked({}, { "x-queue-mode": "lazy" }), /^The argument x-queue-mode /],
    [
      "with x-queue-version 1",
      asked({}, { "x-queue-version": 1 }),
      /^The argument x-queue-version/,
    ],
  ])("%s is refused for RabbitMQ 4.3 alone, before it is sent", (_, spec, message) => {
    expect(() => checkQueue(spec, capabilitiesOf("4.3.0"))).toThrow(message);
    expect(() => checkQueue(spec, capabilitiesOf("4.3.0"))).toThrow(
      expect.objectContaining({ code: "NOT_SUPPORTED" }),
    );
    for (const version of ["3.10.8", "4.2.9"]) checkQueue(spec, capabilitiesOf(version));
  });

  test.each([asked({}), asked({}, { "x-queue-version": 2 })])("is taken by all: %j", (spec) => {
    for (const version of ["3.10.8", "4.3.5"])
      expect(() => checkQueue(spec, capabilitiesOf(version))).not.toThrow();
  });
});
