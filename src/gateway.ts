import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { GraphQLSchema } from "graphql";
import type { AuthenticateHook } from "./access/authenticate-hook.ts";
import { Authenticator } from "./access/authenticator.ts";
import { guardedBy } from "./access/guarded.ts";
import { ConsumerPlaces } from "./access/consumer-places.ts";
import { placed } from "./access/placed.ts";
import { TapPlaces } from "./access/tap-places.ts";
import type { BrokerAdapter } from "./broker/adapter.ts";
import { Broker } from "./broker/broker.ts";
import { declareDefinitions } from "./broker/definitions/declare-definitions.ts";
import { createEmbeddedAdapter } from "./broker/embedded/embedded-adapter.ts";
import { createRabbitMqAdapter } from "./broker/rabbitmq/rabbitmq-adapter.ts";
import type { BrokerStatus } from "./broker/status.ts";
import { ConfigError } from "./config/config-error.ts";
import { issuersOf } from "./config/authentication.ts";
import { resolveConfig, type Config } from "./config/config.ts";
import { Feeds } from "./feed/feeds.ts";
import { cursorSecretOf, readFiles, type GatewayFiles } from "./gateway-files.ts";
import { keptContexts } from "./schema/context.ts";
import { CursorCodec } from "./replay/cursor-codec.ts";
import { Replays } from "./replay/replays.ts";
import { schema } from "./schema/schema.ts";
import { GatewayServer } from "./server/gateway-server.ts";
import { serveByName } from "./server/serve-by-name.ts";
import { DeadLetters } from "./work/dead-letters.ts";
import { Deliveries } from "./work/deliveries.ts";
import { createLogger, type Logger } from "./telemetry/logger.ts";
import { Metrics } from "./telemetry/metrics.ts";

export type GatewayOptions = Partial<Omit<Config, "workers">> & {
  /** Where the gateway logs; left out: JSON lines on stderr, at `logLevel`. */
  logger?: Logger;
  /** A way of your own to tell who is asking, before tokens and API keys are looked at. */
  authenticate?: AuthenticateHook;
};

export interface Gateway {
  /** The broker's status now. */
  readonly status: BrokerStatus;
  readonly schema: GraphQLSchema;
  /** For a node:http server of your own: its `request` listener. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** For a node:http server of your own: its `upgrade` listener. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Listens on `host` and `port`. Rejects where it cannot, as node:net does. */
  listen(): Promise<{ url: string }>;
  /** Reads the policy file again, as happens by itself when it changes. Never throws. */
  reload(): void;
  /** Drains within `drainTimeoutMs` and closes everything. Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * A gateway, connecting to its broker from now on: RabbitMQ where there is an `amqpUrl`, else the
 * embedded broker. It answers BROKER_UNAVAILABLE until it is connected.
 * @throws {ConfigError} with every option that is wrong.
 */
export function createGateway(options: GatewayOptions = {}): Gateway {
  const { logger: given, authenticate, ...settings } = options;
  const config = resolveConfig(settings, { hasHook: authenticate !== undefined });
  if (config.workers > 1) {
    const problem = "a gateway is one process; the command rabbitql can have several";
    throw new ConfigError([{ setting: "workers", value: String(config.workers), problem }]);
  }
  const logger = given ?? createLogger({ level: config.logLevel });
  return new RabbitqlGateway(config, readFiles(config, logger), authenticate, logger);
}

class RabbitqlGateway implements Gateway {
  readonly schema = schema;
  readonly #config: Config;
  readonly #broker: Broker;
  readonly #policy: GatewayFiles["policy"];
  readonly #authenticator: Authenticator;
  readonly #server: GatewayServer;
  #declared: Promise<void> | undefined;
  #listening?: Server;
  #opened?: Promise<unknown>;
  #closed?: Promise<void>;

  constructor(
    config: Config,
    { policy, persisted, definitions }: GatewayFiles,
    hook: AuthenticateHook | undefined,
    logger: Logger,
  ) {
    this.#config = config;
    this.#policy = policy;
    const metrics = new Metrics();
    const issuers = issuersOf(config);
    this.#authenticator = new Authenticator({ ...config, issuers, hook, logger, metrics });
    this.#broker = new Broker(adapterFor(config, logger), config, { logger, metrics });
    const bounds = {
      maxMessages: config.subscriberMaxMessages,
      maxBytes: config.subscriberMaxBytes,
    };
    const feeds = new Feeds(this.#broker, bounds, metrics, config.maxTaps);
    const places = new TapPlaces(config.maxTapsPerCaller);
    const consumers = new ConsumerPlaces(config.maxConsumersPerCaller);
    const deliveries = new Deliveries(this.#broker, config, metrics);
    const { maxBatchSize } = config;
    const broker = this.#broker;
    const replays = new Replays(broker, new CursorCodec(cursorSecretOf(config)), metrics);
    const deadLetters = new DeadLetters(broker, config, deliveries.attempts);
    const guardedFor = guardedBy(policy?.current, {
      broker,
      feeds,
      deadLetters,
      deliveries,
      replays,
    });
    const contextFor = keptContexts((caller) => ({
      caller,
      ...placed(guardedFor(caller), caller, { places, consumers }),
      maxBatchSize,
    }));
    this.#server = new GatewayServer(
      { broker, feeds, contextFor, authentication: this.#authenticator, persisted },
      config,
      { logger, metrics },
    );
    metrics.watch({
      connections: () => this.#broker.connections,
      taps: () => feeds.size.open,
      work: () => deliveries.size,
      sockets: () => this.#server.sockets,
      operations: () => this.#server.operations,
    });
    const declared = definitions && declareDefinitions(definitions, this.#broker, logger);
    this.#broker.open();
    // The embedded broker has nothing before; a RabbitMQ may be away, and is not waited for.
    if (config.amqpUrl === undefined) this.#declared = declared;
  }

  get status(): BrokerStatus {
    return this.#broker.status;
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#server.handleRequest(request, response);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head);
  }

  async listen(): Promise<{ url: string }> {
    const { host, port, allowedHosts } = this.#config;
    await this.#declared;
    const server = createServer();
    server.once("listening", () => serveByName(server, allowedHosts, this));
    // Longer than clients and proxies keep an idle connection: who closes first may lose a request.
    server.keepAliveTimeout = 65_000;
    this.#listening = server;
    server.listen(port, host);
    this.#opened = once(server, "listening");
    await this.#opened;
    return { url: urlOf(server.address() as AddressInfo) };
  }

  reload(): void {
    this.#policy?.readAgain();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const server = this.#listening;
    this.#policy?.close();
    await this.#opened?.catch(() => {});
    const stopped = server?.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    await this.#server.drain();
    server?.closeAllConnections();
    this.#authenticator.close();
    await Promise.all([stopped, this.#broker.close()]);
  }
}

function adapterFor(config: Config, logger: Logger): BrokerAdapter {
  const { amqpUrl } = config;
  if (amqpUrl !== undefined) return createRabbitMqAdapter({ ...config, url: amqpUrl, logger });
  const { tapMaxLength: maxLength, tapMaxLengthBytes: maxLengthBytes, requestsInFlight } = config;
  return createEmbeddedAdapter({ tap: { maxLength, maxLengthBytes }, requestsInFlight });
}

function urlOf({ address, port }: AddressInfo): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
