import { DeadLetters } from "../../../../src/work/dead-letters.ts";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { AuthenticateHook } from "../../../../src/access/authenticate-hook.ts";
import { Authenticator } from "../../../../src/access/authenticator.ts";
import { Broker } from "../../../../src/broker/broker.ts";
import { issuersOf } from "../../../../src/config/authentication.ts";
import { resolveConfig, type Config } from "../../../../src/config/config.ts";
import { Feeds } from "../../../../src/feed/feeds.ts";
import { keptContexts } from "../../../../src/schema/context.ts";
import { GatewayServer } from "../../../../src/server/gateway-server.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";
import { ScriptedAdapter, type ScriptedTap } from "../../../harness/scripted-adapter.ts";
import { Deliveries } from "../../../../src/work/deliveries.ts";
import { CursorCodec } from "../../../../src/replay/cursor-codec.ts";
import { Replays } from "../../../../src/replay/replays.ts";
import { Metrics } from "../../../../src/telemetry/metrics.ts";

/** What the server has of a gateway, on real sockets, over a broker that does what the test says. */
export interface ScriptedGateway {
  readonly adapter: ScriptedAdapter;
  readonly server: GatewayServer;
  readonly port: number;
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  /** The server's ends of the connections that are open, the oldest first. */
  readonly connections: ReadonlySet<Socket>;
  /** The next tap that is asked for, live. */
  liveTap(): Promise<ScriptedTap>;
}

/** All of it goes with the test. */
export async function scriptedGateway(
  options: Partial<Config> = {},
  hook?: AuthenticateHook,
): Promise<ScriptedGateway> {
  const settings = { closeTimeoutMs: 300, drainTimeoutMs: 20_000, ...options };
  const config = resolveConfig(settings, { hasHook: hook !== undefined });
  const logger = createLogger({ level: "silent" });
  const adapter = new ScriptedAdapter();
  const metrics = new Metrics();
  const broker = new Broker(adapter, config, { logger, metrics });
  const bounds = { maxMessages: config.subscriberMaxMessages, maxBytes: config.subscriberMaxBytes };
  const feeds = new Feeds(broker, bounds, metrics);
  const { maxBatchSize } = config;
  const replays = new Replays(broker, new CursorCodec(config.cursorSecret), metrics);
  const authentication = new Authenticator({
    ...config,
    issuers: issuersOf(config),
    hook,
    logger,
    metrics,
  });
  const deliveries = new Deliveries(broker, config, metrics);
  const deadLetters = new DeadLetters(broker, config, deliveries.attempts);
  const contextFor = keptContexts((caller) => ({
    caller,
    broker,
    feeds,
    deadLetters,
    deliveries,
    replays,
    maxBatchSize,
  }));
  const server = new GatewayServer({ broker, feeds, contextFor, authentication }, config, {
    logger,
    metrics,
  });
  const http = createServer((request, response) => server.handleRequest(request, response));
  http.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head));
  const connections = new Set<Socket>();
  http.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    for (const socket of connections) socket.destroy();
    await once(http.close(), "close");
    authentication.close();
  });
  const { port } = http.address() as AddressInfo;
  return {
    adapter,
    server,
    port,
    graphqlUrl: `http://127.0.0.1:${port}/graphql`,
    wsUrl: `ws://127.0.0.1:${port}/graphql`,
    connections,
    async liveTap() {
      const tap = await adapter.taps.take();
      tap.goLive();
      return tap;
    },
  };
}
