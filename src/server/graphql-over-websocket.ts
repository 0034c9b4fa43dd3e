import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from "graphql";
import { handleProtocols, makeServer, type Context, type SubscribePayload } from "graphql-ws";
import { WebSocketServer } from "ws";
import { CodedError, invariant } from "../errors.ts";
import type { Authentication } from "../access/authenticate.ts";
import type { ContextFor, GatewayContext } from "../schema/context.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Group } from "./fan-out/group.ts";
import { WebSocketOutlet } from "./fan-out/outlet.ts";
import { isSubscription, type Operation, type Pipeline } from "./pipeline.ts";
import type { CallerLimits } from "./limits/caller-limits.ts";
import type { Place } from "./places.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import type { RunningOperations } from "./running-operations.ts";
import { settlesWork } from "./settles-work.ts";
import { closeSpread } from "./spread.ts";
import { connectionOf, serve, type Connection } from "./web-socket-connection.ts";
import { closeSocket, GatewaySocket, SERVICE_RESTART } from "./web-socket.ts";

type ProtocolContext = Pick<
  Context<Record<string, unknown>, Connection>,
  "extra" | "subscriptions"
>;

export interface WebSocketOptions {
  readonly pipeline: Pipeline;
  readonly fanOut: FanOut;
  readonly authentication: Authentication;
  readonly contextFor: ContextFor;
  readonly limits: CallerLimits;
  readonly running: RunningOperations;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxPayloadBytes: number;
  readonly maxOperationsPerSocket: number;
  /** How long a client may take to close before its socket is cut. */
  readonly closeTimeoutMs: number;
}

/**
 * GraphQL over WebSocket (the graphql-transport-ws protocol, by graphql-ws). What a client does
 * wrong in one operation is that operation's error: the socket stays open, and so do its others.
 * Only breaches of the protocol itself close it, with the codes that the protocol names.
 */
export class GraphQLOverWebSocket {
  readonly #options: WebSocketOptions;
  readonly #server: WebSocketServer;
  /** What graphql-ws knows by the arguments it was given. */
  readonly #accepted = new WeakMap<object, Accepted>();
  /** What ends the count of each query and mutation: its execution is over before its answer is sent. */
  readonly #answered = new WeakMap<SubscribePayload, () => void>();
  readonly #connected: (socket: GatewaySocket, stream: Duplex, request: IncomingMessage) => void;
  #stopping = false;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: GatewaySocket,
      maxPayload: options.maxPayloadBytes,
      perMessageDeflate: false,
      handleProtocols,
      clientTracking: true,
    });
    const protocol = this.#protocol();
    this.#connected = (socket, stream, request) =>
      serve(protocol, connectionOf(socket, stream, request, options), options);
  }

  /** Takes over a socket that asks to be upgraded, on the server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#stopping) {
      refuseUpgrade(socket, 503);
      return;
    }
    const gone = this.#options.limits.socketFrom(request);
    if (!gone) {
      refuseUpgrade(socket, 429);
      return;
    }
    socket.once("close", gone);
    // Each operation that is behind waits for the socket to drain, beside node's and ws's own listeners.
    socket.setMaxListeners(socket.getMaxListeners() + this.#options.maxOperationsPerSocket);
    this.#server.handleUpgrade(request, socket, head, (client) => {
      invariant(client instanceof GatewaySocket, "sockets are of the server's own class");
      this.#connected(client, socket, request);
    });
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#server.clients.size;
  }

  /** From now on: no new sockets, and on those that are open no new operations but such as settle deliveries. */
  stopAccepting(): void {
    this.#stopping = true;
  }

  /** Closes every socket with 1012, spread over `windowMs`, and resolves when all are gone. */
  async close(windowMs: number): Promise<void> {
    this.stopAccepting();
    await closeSpread([...this.#server.clients], windowMs, (client) =>
      closeSocket(client, this.#options.closeTimeoutMs, SERVICE_RESTART, "Service restart"),
    );
    this.#server.close();
  }

  #protocol() {
    const { initTimeoutMs } = this.#options;
    return makeServer<Record<string, unknown>, Connection>({
      connectionInitWaitTimeout: initTimeoutMs,
      onConnect: ({ extra, connectionParams }) => extra.session.open(connectionParams),
      onSubscribe: (context, id, payload) => this.#accept(context, id, payload),
      execute: (args) => this.#execute(this.#accepted.get(args)),
      subscribe: (args) => this.#subscribe(this.#accepted.get(args)),
      onPong: ({ extra }, payload) => extra.receipts.pong(payload),
      onComplete: ({ extra }, id, payload) => {
        extra.places.leave(id, payload);
        this.#answered.get(payload)?.();
      },
      onError: ({ extra }, id, payload, errors) => {
        extra.places.leave(id, payload);
        return errors.map((error) => this.#mask(error).toJSON());
      },
    });
  }

  /** An operation ready to be executed, or what is wrong with it. Never throws: that would close the socket. */
  #accept(
    { extra, subscriptions }: ProtocolContext,
    id: string,
    payload: SubscribePayload,
  ): ExecutionArgs | readonly GraphQLError[] {
    const { context } = extra.session;
    invariant(context, "graphql-ws takes operations only once it has acknowledged the connection");
    const place = extra.places.take(id, payload);
    try {
      extra.session.operation();
      const most = this.#options.maxOperationsPerSocket;
      // Counted only where there may be too many: with each operation of ten thousand it would take its time.
      if (extra.places.size > most && Object.keys(subscriptions).length > most)
        throw new CodedError(
          "LIMIT_EXCEEDED",
          `A socket may have ${most} operations at a time; end one first`,
          { limit: "maxOperationsPerSocket" },
        );
      const { operationName } = payload;
      const operation = this.#options.pipeline.prepare(payload);
      if (!("definition" in operation)) return operation.errors.map((error) => this.#mask(error));
      // Work that is done is not to be done again elsewhere.
      if (this.#stopping && !settlesWork(operation))
        throw new CodedError("BROKER_UNAVAILABLE", "The gateway is stopping; connect again");
      const { schema } = this.#options.pipeline;
      const args = { schema, document: operation.document, operationName: operationName ?? null };
      this.#accepted.set(args, { operation, context, extra, id, payload, place });
      if (!isSubscription(operation)) this.#answered.set(payload, this.#options.running.begin());
      return args;
    } catch (error) {
      return [this.#mask(error)];
    }
  }

  async #execute(accepted: Accepted | undefined): Promise<ExecutionResult> {
    invariant(accepted, "an operation is executed only once it has been accepted");
    const result = await this.#options.pipeline.execute(accepted.operation, accepted.context);
    return accepted.place.isCurrent ? result : await this.#forgotten(accepted);
  }

  async #subscribe(
    accepted: Accepted | undefined,
  ): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    invariant(accepted, "an operation is executed only once it has been accepted");
    const { operation, place } = accepted;
    try {
      const group = this.#options.fanOut.groupOf(operation);
      const events = await (group ? this.#join(group, accepted) : this.#alone(accepted));
      if (place.isCurrent) return events;
      if (Symbol.asyncIterator in events) await events[Symbol.asyncIterator]().return?.();
    } catch (error) {
      if (place.isCurrent) return { errors: [this.#mask(error)] };
    }
    return await this.#forgotten(accepted);
  }

  async #join(
    group: Group,
    { extra: { socket, stream }, context, id, place }: Accepted,
  ): Promise<AsyncIterable<never> | ExecutionResult> {
    const outlet = new WebSocketOutlet({ stream, id, socket, place });
    place.outlet = outlet;
    // From here on the outlet is told.
    if (!place.isCurrent || socket.readyState !== socket.OPEN) outlet.close();
    const begun = await group.subscribe(outlet, context);
    return begun instanceof GraphQLError ? { errors: [this.#mask(begun)] } : begun;
  }

  async #alone(accepted: Accepted): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const { operation, extra } = accepted;
    const context = { ...accepted.context, receipts: extra.receipts };
    const events = await this.#options.pipeline.subscribe(operation, context);
    return Symbol.asyncIterator in events ? this.#whileCurrent(events, accepted) : events;
  }

  /** `events`, but for an end that comes when the id is another operation's already. A group's own know that. */
  #whileCurrent(
    events: AsyncIterable<ExecutionResult>,
    accepted: Accepted,
  ): AsyncIterableIterator<ExecutionResult> {
    const iterator = events[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<ExecutionResult>> => {
      try {
        const result = await iterator.next();
        if (!result.done || accepted.place.isCurrent) return result;
      } catch (error) {
        if (accepted.place.isCurrent) throw error;
      }
      return await this.#forgotten(accepted);
    };
    return {
      next,
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      [Symbol.asyncIterator](): AsyncIterableIterator<ExecutionResult> {
        return this;
      },
    };
  }

  /**
   * The client has completed an operation and used its id again before this one was over.
   * graphql-ws would take this one's outcome for the new one's, so it never learns of it.
   */
  #forgotten({ payload }: Accepted): Promise<never> {
    this.#answered.get(payload)?.();
    return new Promise(() => {});
  }

  #mask(error: unknown): GraphQLError {
    return this.#options.pipeline.mask(error);
  }
}

interface Accepted {
  readonly operation: Operation;
  readonly context: GatewayContext;
  readonly extra: Connection;
  readonly id: string;
  readonly payload: SubscribePayload;
  readonly place: Place;
}
