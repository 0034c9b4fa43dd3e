import { expect, test } from "vitest";
import { gatewayBehindProxy } from "./support/gateway-behind-proxy.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "./support/user.ts";

/** Further away than one answer's wait for all the bindings of a subscription together. */
const LATE_MS = 5;
const RPC_TIMEOUT_MS = 400;
const PATTERNS = 100;

test("a subscription of many patterns has its time for each, and costs its neighbour nothing", async () => {
  const { gateway, proxy } = await gatewayBehindProxy({ rpcTimeoutMs: RPC_TIMEOUT_MS });
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const neighbour = await liveFeed(socket, { exchange, routingPatterns: ["neighbour"] });
  proxy.delay(LATE_MS);

  const routingPatterns = Array.from({ length: PATTERNS }, (_, place) => `key.${place}`);
  const startedAt = performance.now();
  const feed = await liveFeed(socket, { exchange, routingPatterns });
  expect(performance.now() - startedAt).toBeGreaterThan(RPC_TIMEOUT_MS);
  for (const routingKey of ["neighbour", "key.0", `key.${PATTERNS - 1}`])
    await published(gateway, { exchange, routingKey });
  expect(await nextEvents(feed, 2)).toMatchObject([
    { routingKey: "key.0" },
    { routingKey: `key.${PATTERNS - 1}` },
  ]);
  expect(await nextEvents(neighbour, 1)).toMatchObject([
    { __typename: "Message", routingKey: "neighbour" },
  ]);
  await socket.close();
});
