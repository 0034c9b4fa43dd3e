import { expect, test } from "vitest";
import {
  FieldDecimal,
  FieldDouble,
  fieldTable,
  FieldTimestamp,
  type FieldValue,
} from "../../../src/broker/field-table.ts";
import { coded } from "./coded.ts";
import { binding, declared, declaredQueue, message, tapped } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

type Entries = Record<string, FieldValue>;
type HeadersCase = readonly [says: string, bound: Entries, headers: Entries, routed: boolean];

const bytes = Buffer.from("x");

/** Seen on RabbitMQ 3.10.8. */
const CASES: readonly HeadersCase[] = [
  ["no arguments match no headers", {}, {}, true],
  ["no arguments match any headers", {}, { a: 1 }, true],
  ["all is what x-match means where it is left out", { a: 1, b: 2 }, { a: 1 }, false],
  ["all, with all of them", { "x-match": "all", a: 1, b: 2 }, { b: 2, a: 1, c: 3 }, true],
  ["all, with one missing", { "x-match": "all", a: 1, b: 2 }, { a: 1 }, false],
  ["all, with one other", { "x-match": "all", a: 1, b: 2 }, { a: 1, b: 3 }, false],
  ["all of nothing", { "x-match": "all" }, {}, true],
  ["any, with one of them", { "x-match": "any", a: 1, b: 2 }, { a: 1 }, true],
  ["any, with the other of them", { "x-match": "any", a: 1, b: 2 }, { a: 2, b: 2 }, true],
  ["any, with none of them", { "x-match": "any", a: 1, b: 2 }, { a: 2, b: 1 }, false],
  ["any of nothing", { "x-match": "any" }, { a: 1 }, false],
  ["void asks for presence, whatever the value", { a: null }, { a: 5 }, true],
  ["void asks for presence, and void is present", { a: null }, { a: null }, true],
  ["void asks for presence", { a: null }, {}, false],
  ["any, with void, present", { "x-match": "any", a: null, b: 1 }, { a: "there" }, true],
  ["any, with void, absent", { "x-match": "any", a: null, b: 1 }, { b: 2 }, false],
  ["a value is not void", { a: 5 }, { a: null }, false],
  ["keys are case-sensitive", { a: 1 }, { A: 1 }, false],
  ["values are case-sensitive", { a: "x" }, { a: "X" }, false],
  ["a string is not a number", { a: 1 }, { a: "1" }, false],
  ["a string is not a boolean", { a: true }, { a: "true" }, false],
  ["a boolean is not a number", { a: true }, { a: 1 }, false],
  ["false is a value", { a: false }, { a: false }, true],
  ["true is not false", { a: true }, { a: false }, false],
  ["an empty string is a value", { a: "" }, { a: "" }, true],
  ["doubles by value", { a: 1.5 }, { a: 1.5 }, true],
  ["an integer and a double of the same value", { a: 1 }, { a: new FieldDouble(1) }, true],
  ["integers of two widths", { a: 1 }, { a: 1n }, true],
  ["64-bit integers", { a: 2n ** 62n }, { a: 2n ** 62n }, true],
  ["64-bit integers that differ", { a: 2n ** 62n }, { a: 2n ** 62n + 1n }, false],
  ["timestamps", { a: new FieldTimestamp(5) }, { a: new FieldTimestamp(5) }, true],
  ["timestamps that differ", { a: new FieldTimestamp(5) }, { a: new FieldTimestamp(6) }, false],
  [
    "decimals by digits and places",
    { a: new FieldDecimal(10, 1) },
    { a: new FieldDecimal(10, 1) },
    true,
  ],
  [
    "decimals of the same value, written otherwise",
    { a: new FieldDecimal(10, 1) },
    { a: new FieldDecimal(100, 2) },
    false,
  ],
  ["bytes", { a: bytes }, { a: Buffer.from("x") }, true],
  ["bytes that differ", { a: bytes }, { a: Buffer.from("y") }, false],
  ["bytes and a string of the same bytes", { a: bytes }, { a: "x" }, true],
  ["lists", { a: [1, "b"] }, { a: [1, "b"] }, true],
  ["lists in another order", { a: [1, 2] }, { a: [2, 1] }, false],
  ["lists with values of another type", { a: [1] }, { a: [new FieldDouble(1)] }, false],
  ["void within a list is only void", { a: [null] }, { a: [5] }, false],
  ["tables", { a: fieldTable({ b: 1 }) }, { a: fieldTable({ b: 1 }) }, true],
  ["tables that differ", { a: fieldTable({ b: 1 }) }, { a: fieldTable({ b: 2 }) }, false],
  ["all leaves out keys that begin with x-", { "x-a": 1 }, {}, true],
  ["any leaves out keys that begin with x-", { "x-match": "any", "x-a": 1 }, { "x-a": 1 }, false],
  ["all-with-x, present", { "x-match": "all-with-x", "x-a": 1 }, { "x-a": 1 }, true],
  ["all-with-x, absent", { "x-match": "all-with-x", "x-a": 1 }, {}, false],
  ["any-with-x, present", { "x-match": "any-with-x", "x-a": 1, b: 2 }, { "x-a": 1 }, true],
  ["any-with-x, absent", { "x-match": "any-with-x", "x-a": 1 }, { "x-b": 1 }, false],
  [
    "x-match itself is no header to match",
    { "x-match": "any-with-x" },
    { "x-match": "any-with-x" },
    false,
  ],
];

export function headersRouting(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test.each(CASES)("%s", async (_, bound, headers, expected) => {
    const exchange = await declared(adapter(), "headers");
    const queue = await declaredQueue(adapter());
    await adapter().bind(binding(exchange, queue, { arguments: fieldTable(bound) }));
    const { routed } = await adapter().publish(
      message(exchange, "ignored", { headers: fieldTable(headers) }),
    );
    expect(routed).toBe(expected);
    expect(await adapter().deleteQueue(queue, { ifUnused: false, ifEmpty: false })).toBe(
      expected ? 1 : 0,
    );
    await adapter().deleteExchange(exchange, { ifUnused: false });
  });

  test.each(["bogus", "", 1, true, null])("an x-match of %j is refused", async (match) => {
    const exchange = await declared(adapter(), "headers");
    const queue = await declaredQueue(adapter());
    const refused = binding(exchange, queue, { arguments: fieldTable({ "x-match": match }) });
    await expect(adapter().bind(refused)).rejects.toEqual(coded("PRECONDITION_FAILED"));
    expect((await adapter().publish(message(exchange, ""))).routed).toBe(false);
    await adapter().deleteQueue(queue, { ifUnused: false, ifEmpty: false });
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test.each([
    { match: "all", received: ["both"] },
    { match: "any", received: ["both", "first", "second"] },
  ] as const)("a tap that matches $match of its headers", async ({ match, received }) => {
    const exchange = await declared(adapter(), "headers");
    const values = fieldTable({ kind: "order", region: "eu" });
    const { tap, recorder } = await tapped(adapter(), exchange, [""], { match, values });
    const sent: readonly [string, Entries][] = [
      ["none", { kind: "refund" }],
      ["both", { kind: "order", region: "eu", more: true }],
      ["first", { kind: "order", region: "us" }],
      ["second", { region: "eu" }],
    ];
    const routed: string[] = [];
    for (const [key, headers] of sent) {
      const receipt = await adapter().publish(
        message(exchange, key, { headers: fieldTable(headers) }),
      );
      if (receipt.routed) routed.push(key);
    }
    await recorder.received(received.length);
    expect(recorder.routingKeys).toEqual(received);
    expect(routed).toEqual(received);
    await tap.close();
    await adapter().deleteExchange(exchange, { ifUnused: false });
  });
}
