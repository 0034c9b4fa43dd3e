import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Authentication } from "../access/authenticate.ts";
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/config.ts";
import type { Feeds } from "../feed/feeds.ts";
import type { ContextFor } from "../schema/context.ts";
import { schema } from "../schema/schema.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createServeGraphiql, type ServeGraphiql } from "./graphiql/serve-graphiql.ts";
import { DocumentRules, type DocumentLimits } from "./documents/document-rules.ts";
import { Documents } from "./documents/documents.ts";
import type { PersistedOperations } from "./documents/persisted-operations.ts";
import { FanOut } from "./fan-out/fan-out.ts";
import { GraphQLOverHttp } from "./graphql-over-http.ts";
import { GraphQLOverWebSocket } from "./graphql-over-websocket.ts";
import { serveHealth, type Health } from "./health.ts";
import { HttpResponses } from "./http-responses.ts";
import { CallerLimits, type CallerLimitsConfig } from "./limits/caller-limits.ts";
import { ErrorMask } from "./mask-error.ts";
import { isAllowedOrigin } from "./origin.ts";
import { Pipeline } from "./pipeline.ts";
import { refuse } from "./refuse.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { RunningOperations } from "./running-operations.ts";
import { serveMetrics } from "./serve-metrics.ts";
import { tokenInUrl, tokenParameter } from "./token-in-url.ts";
import { createGraphQLYoga } from "./yoga.ts";

export type ServerConfig = Pick<
  Config,
  | "path"
  | "graphiql"
  | "allowedOrigins"
  | "maxRequestBytes"
  | "socketInitTimeoutMs"
  | "socketKeepAliveMs"
  | "socketMaxPayloadBytes"
  | "maxOperationsPerSocket"
  | "closeTimeoutMs"
  | "drainTimeoutMs"
  | "drainSpreadMs"
  | "metrics"
  | "keptDocuments"
  | "suggestions"
> &
  DocumentLimits &
  CallerLimitsConfig;

/** What the server stands on. */
export interface ServerParts {
  readonly broker: Broker;
  readonly feeds: Feeds;
  readonly contextFor: ContextFor;
  readonly authentication: Authentication;
  /** Left out: any document may be executed. */
  readonly persisted?: PersistedOperations | undefined;
}

/** Everything the gateway answers, for whichever node:http server its requests and upgrades come from. */
export class GatewayServer {
  readonly #broker: Broker;
  readonly #feeds: Feeds;
  readonly #config: ServerConfig;
  readonly #metrics: Metrics;
  readonly #running = new RunningOperations();
  readonly #responses = new HttpResponses();
  readonly #http: GraphQLOverHttp;
  readonly #webSocket: GraphQLOverWebSocket;
  readonly #serveGraphiql: ServeGraphiql;
  #stopping = false;

  constructor(
    { broker, feeds, contextFor, authentication, persisted }: ServerParts,
    config: ServerConfig,
    { logger, metrics }: { logger: Logger; metrics: Metrics },
  ) {
    this.#broker = broker;
    this.#feeds = feeds;
    this.#config = config;
    this.#metrics = metrics;
    const running = this.#running;
    const errors = new ErrorMask({ logger, metrics }, config);
    const rules = new DocumentRules(schema, config);
    const documents = new Documents(schema, rules, config.keptDocuments);
    const handling = { documents, persisted, errors };
    const limits = new CallerLimits(config, metrics);
    const pipeline = new Pipeline({ schema, ...handling, running });
    const fanOut = new FanOut(schema, feeds, logger);
    const yoga = createGraphQLYoga({
      path: config.path,
      allowedOrigins: config.allowedOrigins,
      handling,
      authentication,
      running,
      logger,
    });
    this.#http = new GraphQLOverHttp({
      yoga,
      pipeline,
      fanOut,
      authentication,
      contextFor,
      limits,
      path: config.path,
      maxRequestBytes: config.maxRequestBytes,
      keepAliveMs: config.socketKeepAliveMs,
      logger,
    });
    this.#webSocket = new GraphQLOverWebSocket({
      pipeline,
      fanOut,
      authentication,
      contextFor,
      limits,
      running,
      logger,
      initTimeoutMs: config.socketInitTimeoutMs,
      keepAliveMs: config.socketKeepAliveMs,
      maxPayloadBytes: config.socketMaxPayloadBytes,
      maxOperationsPerSocket: config.maxOperationsPerSocket,
      closeTimeoutMs: config.closeTimeoutMs,
    });
    this.#serveGraphiql = config.graphiql
      ? createServeGraphiql({
          endpoint: config.path,
          onError: (error) => logger.error({ err: error }, "GraphiQL could not be served"),
        })
      : () => false;
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#responses.add(response);
    // Nearly all are operations, which the other services need not be asked about.
    const isOperation = request.method === "POST" && request.url === this.#config.path;
    if (!isOperation && this.#serveOperators(request, response)) return;
    if (this.#stopping) {
      refuse(response, 503, "BROKER_UNAVAILABLE", "The gateway is stopping");
      return;
    }
    if (!isOperation && this.#serveOthers(request, response)) return;
    if (!isAllowedOrigin(request, this.#config.allowedOrigins)) {
      refuse(
        response,
        403,
        "FORBIDDEN",
        `Pages of ${request.headers.origin} may not use this gateway`,
      );
      return;
    }
    void this.#http.answer(request, response);
  }

  #serveOperators(request: IncomingMessage, response: ServerResponse): boolean {
    if (serveHealth(request, response, () => this.#health)) return true;
    return this.#config.metrics && serveMetrics(request, response, this.#metrics);
  }

  /** What is at another path than the operations', or is no operation. */
  #serveOthers(request: IncomingMessage, response: ServerResponse): boolean {
    const parameter = tokenParameter(request.url);
    if (parameter === undefined) return this.#serveGraphiql(request, response);
    refuse(response, 400, "BAD_USER_INPUT", tokenInUrl(parameter));
    return true;
  }

  get #health(): Health {
    return {
      broker: this.#broker.status,
      connections: this.#broker.connections,
      interruptedTaps: this.#feeds.interrupted,
      stopping: this.#stopping,
    };
  }

  /** Queries and mutations that are under way. */
  get operations(): number {
    return this.#running.count;
  }

  /** WebSockets that are open. */
  get sockets(): number {
    return this.#webSocket.size;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.split("?", 1)[0] !== this.#config.path) refuseUpgrade(socket, 404);
    else if (tokenParameter(request.url) !== undefined) refuseUpgrade(socket, 400);
    else if (!isAllowedOrigin(request, this.#config.allowedOrigins)) refuseUpgrade(socket, 403);
    else this.#webSocket.upgrade(request, socket, head);
  }

  /**
   * Takes no new operation, lets running ones be answered, closes sockets with 1012 and ends streams, both
   * spread over `drainSpreadMs`. Resolves when nothing is left, or after `drainTimeoutMs`.
   */
  async drain(): Promise<void> {
    const { drainTimeoutMs, drainSpreadMs, closeTimeoutMs } = this.#config;
    this.#stopping = true;
    this.#webSocket.stopAccepting();
    const endsAt = performance.now() + drainTimeoutMs;
    const overdue = new AbortController();
    const deadline = wait(drainTimeoutMs, undefined, { signal: overdue.signal }).catch(() => {});
    await Promise.race([this.#running.idle(), deadline]);
    // What is closed last must have its time to close.
    const left = endsAt - performance.now() - closeTimeoutMs;
    const windowMs = Math.max(0, Math.min(drainSpreadMs, left));
    await Promise.race([
      Promise.all([
        this.#webSocket.close(windowMs),
        this.#responses.finish(windowMs, closeTimeoutMs),
      ]),
      deadline,
    ]);
    overdue.abort();
  }
}
