import { describe, expect, test, vi } from "vitest";
import { fieldTable } from "../../../../src/broker/field-table.ts";
import type { IncomingMessage } from "../../../../src/broker/message.ts";
import { capabilitiesOf } from "../../../../src/broker/rabbitmq/capabilities.ts";
import { CountedLooks, type DeliveryLimit } from "../../../../src/broker/rabbitmq/counted-looks.ts";
import { deliveryLimitIn } from "../../../../src/broker/rabbitmq/management-rows.ts";
import { coded } from "../../../conformance/broker-contract/coded.ts";

const unreachable = (): Promise<undefined> => Promise.reject(new Error("unreachable"));

function looks(
  limitOf: () => Promise<DeliveryLimit | undefined>,
  version = "3.10.8",
): CountedLooks {
  return new CountedLooks(limitOf, () => capabilitiesOf(version));
}

function message(headers: Record<string, number>): IncomingMessage {
  return {
    exchange: "",
    routingKey: "q",
    body: Buffer.of(),
    text: "",
    json: null,
    jsonText: null,
    headers: fieldTable(headers),
    properties: { persistent: true },
    redelivered: false,
    receivedAt: new Date(0),
  };
}

describe("looks at quorum queues", () => {
  test("are refused where there is a limit, which is named, and not where there is none", async () => {
    await expect(looks(async () => 7).check("q")).rejects.toEqual(coded("NOT_SUPPORTED", "q", "7"));
    expect(await looks(async () => "none").check("q")).toBeUndefined();
    expect(await looks(async () => undefined).check("q")).toBeUndefined();
  });

  test("are as good as any from 4.3 on, where what is given back does not count", async () => {
    const limitOf = vi.fn<() => Promise<undefined>>(unreachable);
    expect(await looks(limitOf, "4.3.0").check("q")).toBeUndefined();
    expect(limitOf).not.toHaveBeenCalled();
  });

  test("stop at the first message where the limit cannot be known, and are refused from then on", async () => {
    const counted = looks(unreachable);
    const see = await counted.check("q");
    expect(() => see?.(message({ "x-delivery-count": 0 }))).toThrow(/management API/);
    await expect(counted.check("q")).rejects.toEqual(coded("NOT_SUPPORTED", "q"));
    const other = await counted.check("other");
    expect(() => other?.(message({}))).not.toThrow();
    expect(await counted.check("other")).toBeTypeOf("function");
  });

  test("ask an API that does not answer once in a while, not each time", async () => {
    const limitOf = vi.fn<() => Promise<undefined>>(unreachable);
    const counted = looks(limitOf);
    for (let times = 0; times < 3; times++) await counted.check("q");
    expect(limitOf).toHaveBeenCalledTimes(1);
  });
});

test.each([
  [{ type: "classic", arguments: { "x-delivery-limit": 3 } }, 20, "none"],
  [{ type: "quorum", arguments: { "x-delivery-limit": 3 } }, 20, 3],
  [{ type: "quorum", arguments: [], effective_policy_definition: { "delivery-limit": 2 } }, 20, 2],
  [
    {
      type: "quorum",
      arguments: { "x-delivery-limit": 3 },
      effective_policy_definition: { "delivery-limit": 5 },
    },
    20,
    3,
  ],
  [{ type: "quorum", arguments: {}, effective_policy_definition: [] }, 20, 20],
  [{ type: "quorum", arguments: {} }, undefined, "none"],
  [{ type: "quorum", arguments: { "x-delivery-limit": -1 } }, 20, "none"],
] as const)("of %j, %s unless said otherwise, the limit is %s", (row, unlessSaid, limit) => {
  expect(deliveryLimitIn(row, unlessSaid)).toBe(limit);
});
