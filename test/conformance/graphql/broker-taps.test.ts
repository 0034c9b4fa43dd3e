import { describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { BROKERS, type TestGateway } from "../../harness/gateway.ts";
import { gatewayBehindProxy } from "./support/gateway-behind-proxy.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { dataOf, declared, eventOf, liveFeed, liveMessages } from "./support/user.ts";

const ALL = /* GraphQL */ `
  {
    broker {
      connections {
        name
        state
        since
        reason
        opened
      }
      taps {
        exchange
        routingPatterns
        headersMatch
        headers
        state
        since
        reason
        subscribers
      }
    }
  }
`;

interface All {
  readonly connections: readonly Record<string, unknown>[];
  readonly taps: readonly Record<string, unknown>[];
}

async function read(gateway: TestGateway): Promise<All> {
  const { broker } = dataOf(await gateway.graphql(ALL)) as { broker: All };
  return broker;
}

const TIME: unknown = expect.stringMatching(/^\d{4}-.*Z$/);
const PLAIN = {
  headersMatch: null,
  headers: null,
  state: "LIVE",
  since: TIME,
  reason: null,
} as const;

describe.for(BROKERS)("what the gateway listens to, %s", (broker) => {
  const gateway = sharedGateway({ broker });

  test("is told with who listens, for as long as somebody does", async () => {
    const [topic, headers] = [
      await declared(gateway(), "TOPIC"),
      await declared(gateway(), "HEADERS"),
    ];
    const ours = async () => {
      const { taps } = await read(gateway());
      return taps.filter(({ exchange }) => exchange === topic || exchange === headers);
    };
    await withSocket(gateway(), async (socket) => {
      await liveFeed(socket, { exchange: topic, routingPatterns: ["b.*", "a"] });
      await liveMessages(socket, { exchange: topic, routingPatterns: ["a", "b.*"] });
      await liveFeed(socket, { exchange: headers, headers: { match: "ANY", values: { a: 1 } } });
      expect(await ours()).toEqual([
        { ...PLAIN, exchange: topic, routingPatterns: ["a", "b.*"], subscribers: 2 },
        {
          ...PLAIN,
          exchange: headers,
          routingPatterns: ["#"],
          headersMatch: "ANY",
          headers: { a: 1 },
          subscribers: 1,
        },
      ]);
    });
    await eventually(async () => expect(await ours()).toEqual([]));
  });

  test("goes over as many connections as it takes", async () => {
    const { connections } = await read(gateway());
    const names = broker === "embedded" ? [] : ["publishing", "consuming", "control", "working"];
    expect(connections).toEqual(
      names.map((name) => ({ name, state: "CONNECTED", since: TIME, reason: null, opened: 1 })),
    );
  });
});

test("a tap that is interrupted and a connection that is lost say since when and why, and nothing internal", async () => {
  const { gateway, proxy } = await gatewayBehindProxy();
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feed = await liveFeed(socket, { exchange });
  const before = await read(gateway);
  await proxy.refuse(true);
  proxy.cut();
  const interrupted = await eventually(async () => {
    const now = await read(gateway);
    expect(now.taps).toEqual([
      {
        ...PLAIN,
        exchange,
        routingPatterns: ["#"],
        state: "INTERRUPTED",
        reason: expect.stringMatching(/broker/i),
        subscribers: 1,
      },
    ]);
    for (const connection of now.connections)
      expect(connection).toMatchObject({
        state: "DISCONNECTED",
        reason: expect.stringMatching(/refused/),
        opened: 1,
      });
    return now;
  });
  expectNothingInternal([JSON.stringify(interrupted)]);
  expect(String(interrupted.taps[0]?.["since"]) > String(before.taps[0]?.["since"])).toBe(true);

  await proxy.refuse(false);
  expect(eventOf(await feed.next())).toMatchObject({ __typename: "Gap" });
  await eventually(async () => {
    const { connections, taps } = await read(gateway);
    expect(taps).toMatchObject([{ exchange, state: "LIVE", reason: null }]);
    for (const connection of connections)
      expect(connection).toMatchObject({ state: "CONNECTED", reason: null, opened: 2 });
  });
  await socket.close();
});
