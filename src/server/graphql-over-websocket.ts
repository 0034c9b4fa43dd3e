import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from "graphql";
import {
  CloseCode,
  makeServer,
  MessageType,
  handleProtocols,
  type Context,
  type SubscribePayload,
} from "graphql-ws";
import { WebSocketServer } from "ws";
import { CodedError, invariant } from "../errors.ts";
import type { Authentication } from "../access/authenticate.ts";
import type { ContextFor, GatewayContext } from "../schema/context.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { FanOut } from "./fan-out/fan-out.ts";
import type { Group } from "./fan-out/group.ts";
import { WebSocketOutlet } from "./fan-out/outlet.ts";
import { keepAlive } from "./keep-alive.ts";
import { PingReceipts } from "./ping-receipts.ts";
import { isSubscription, type Operation, type Pipeline } from "./pipeline.ts";
import type { CallerLimits } from "./limits/caller-limits.ts";
import { Place, Places } from "./places.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import type { RunningOperations } from "./running-operations.ts";
import { settlesWork } from "./settles-work.ts";
import { SocketSession } from "./socket-session.ts";
import { closeSpread } from "./spread.ts";
import { closeSocket, GatewaySocket, send, SERVICE_RESTART, textOf } from "./web-socket.ts";

type ProtocolContext = Pick<Context<Record<string, unknown>, Extra>, "extra" | "subscriptions">;
type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;

/** Our own, of the range that applications may use; clients of the protocol take it as a reason to come back. */
const PONG_MISSING = 4509;

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
      connect(protocol, extraOf(socket, stream, request, options), options);
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
    return makeServer<Record<string, unknown>, Extra>({
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
      if (!("definition" in operation)) return operation.map((error) => this.#mask(error));
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

function connect(
  protocol: Protocol,
  extra: Extra,
  { logger, keepAliveMs, pipeline }: WebSocketOptions,
): void {
  const { socket, stream, places, session, receipts } = extra;
  socket.onClosing = () => places.close();
  const stopKeepingAlive = keepAlive(socket, keepAliveMs);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, stream, text),
      close: (code, reason) => socket.close(code, reason),
      onPing: async (payload) => {
        await send(socket, stream, pongOf(await session.pong(payload)));
      },
      onMessage: (handle) => {
        socket.on("message", (data) => {
          handle(textOf(data)).catch((error: unknown) => {
            if (isUnexpectedMessage(error)) {
              socket.close(CloseCode.BadRequest, "Unexpected message");
              return;
            }
            logger.error({ err: error }, "a message could not be handled");
            socket.close(SERVICE_RESTART, "Try again");
          });
        });
      },
    },
    extra,
  );
  socket.on("error", (error) => {
    // ws has closed it with 1009.
    if ("code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
      pipeline.mask(
        new CodedError("LIMIT_EXCEEDED", "A message is too large", {
          limit: "socketMaxPayloadBytes",
        }),
      );
    logger.debug({ err: error }, "a socket failed");
  });
  socket.once("close", (code, reason) => {
    stopKeepingAlive();
    session.end();
    receipts.stop();
    closed(code, String(reason)).catch((error: unknown) =>
      logger.error({ err: error }, "a socket's end could not be handled"),
    );
  });
}

function extraOf(
  socket: GatewaySocket,
  stream: Duplex,
  request: IncomingMessage,
  { authentication, contextFor, limits, logger, closeTimeoutMs, keepAliveMs }: WebSocketOptions,
): Extra {
  const close = (code: number, reason: string) => {
    // What waits in the socket is no longer for whoever reads it: not longer than the good order needs.
    void closeSocket(socket, Math.min(closeTimeoutMs, ENDING_MS), code, reason);
  };
  const session = new SocketSession({ request, authentication, contextFor, limits, logger, close });
  const receipts = new PingReceipts({
    send: (text) => void send(socket, stream, text),
    overdue: () => socket.close(PONG_MISSING, "A ping was not answered"),
    timeoutMs: keepAliveMs,
  });
  return { socket, stream, session, places: new Places(), receipts };
}

function pongOf(payload: object | undefined): string {
  return JSON.stringify({ type: MessageType.Pong, ...(payload && { payload }) });
}

/** How long a socket whose caller has expired may take to close before it is cut, in milliseconds. */
const ENDING_MS = 500;

/** A socket, the raw stream beneath it, and whose it is. */
interface Extra {
  readonly socket: GatewaySocket;
  readonly stream: Duplex;
  readonly session: SocketSession;
  readonly places: Places;
  readonly receipts: PingReceipts;
}

interface Accepted {
  readonly operation: Operation;
  readonly context: GatewayContext;
  readonly extra: Extra;
  readonly id: string;
  readonly payload: SubscribePayload;
  readonly place: Place;
}

/** graphql-ws throws at a message that only servers send, where the protocol has a close code for it. */
function isUnexpectedMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Unexpected message of type");
}
