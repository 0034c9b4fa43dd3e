import { describe, expect, test } from "vitest";
import { managementAddresses } from "../../../../src/broker/rabbitmq/management-addresses.ts";

async function asked(url: string, managementUrl?: string) {
  const addresses = await managementAddresses({ url, managementUrl });
  return addresses.map(({ base, user, password }) => [base.href, user, password]);
}

describe("where the management API may be", () => {
  test.for([
    ["amqp://rabbit", "http://rabbit:15672/", "guest", "guest"],
    ["amqp://a%40b:p%3Aw@rabbit:5673/vhost", "http://rabbit:15672/", "a@b", "p:w"],
    ["amqps://a:p@rabbit", "https://rabbit:15671/", "a", "p"],
    ["amqp://a:p@[::1]:5672", "http://[::1]:15672/", "a", "p"],
  ] as const)("its usual port on the host of %s", async ([url, ...address]) => {
    expect(await asked(url)).toEqual([address]);
  });

  test("on the host of each URL, in their order", async () => {
    expect(await asked("amqp://a:p@one,amqp://b:q@two")).toEqual([
      ["http://one:15672/", "a", "p"],
      ["http://two:15672/", "b", "q"],
    ]);
  });

  test.for([
    ["https://management/rabbit", "https://management/rabbit", "a", "p"],
    ["http://m%40n:%3A@management:80", "http://management/", "m@n", ":"],
  ] as const)(
    "at %s, where that is given, as the broker's user or its own",
    async ([given, ...address]) => {
      expect(await asked("amqp://a:p@one,amqp://b:q@two", given)).toEqual([address]);
    },
  );
});
