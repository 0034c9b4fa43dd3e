import { once } from "node:events";
import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import { WebSocket, type ClientOptions } from "ws";
import { Inbox } from "./inbox.ts";
import { Operation } from "./operation.ts";

/** A message of the graphql-transport-ws protocol. */
export interface Frame {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/**
 * The graphql-transport-ws protocol with nothing in between: what a test sends is what goes over the
 * socket, right or wrong.
 */
export class ProtocolSocket {
  /** Everything that came that belongs to no operation: acknowledgement, pings, pongs. */
  readonly control = new Inbox<Frame>();
  /** Every frame that came, as it came. */
  readonly texts: string[] = [];
  /** Resolves when the socket is closed, by whomever. */
  readonly closed: Promise<Closed>;
  readonly socket: WebSocket;
  readonly #operations = new Map<string, Operation>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        this.#ended(`The socket was closed with ${code} ${String(reason)}`);
        resolve({ code, reason: String(reason) });
      });
    });
    socket.on("message", (data: Buffer) => this.#received(data.toString()));
  }

  /** A socket on which nothing has been said yet. */
  static async connect(
    url: string,
    { protocols = ["graphql-transport-ws"], ...options }: Partial<ConnectOptions> = {},
  ): Promise<ProtocolSocket> {
    const socket = new WebSocket(url, [...protocols], options);
    const connected = new ProtocolSocket(socket);
    await once(socket, "open");
    return connected;
  }

  /** A socket on which operations can be sent. */
  static async open(
    url: string,
    { connectionParams, ...options }: Partial<OpenOptions> = {},
  ): Promise<ProtocolSocket> {
    const connected = await ProtocolSocket.connect(url, options);
    connected.send({ type: "connection_init", payload: connectionParams });
    await connected.control.take();
    return connected;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(frame: object | string | Buffer): void {
    const raw = typeof frame === "string" || Buffer.isBuffer(frame);
    this.socket.send(raw ? frame : JSON.stringify(frame));
  }

  subscribe(query: string, variables: Record<string, unknown> = {}): Operation {
    return this.start({ query, variables });
  }

  /** Sends `subscribe` with any payload, well-formed or not, under an id of its own or the one given. */
  start(payload: object, id = `op-${++this.#lastId}`): Operation {
    const operation = new Operation(id, () => this.send({ id, type: "complete" }));
    this.#operations.set(id, operation);
    this.send({ id, type: "subscribe", payload });
    return operation;
  }

  /** The one result of a query or mutation, whether it came by `next` or by `error`. */
  execute(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<FormattedExecutionResult> {
    return this.subscribe(query, variables).next();
  }

  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  #received(text: string): void {
    this.texts.push(text);
    const frame = JSON.parse(text) as Frame;
    const operation = frame.id === undefined ? undefined : this.#operations.get(frame.id);
    if (!operation) this.control.put(frame);
    else if (frame.type === "next")
      operation.results.put(frame.payload as FormattedExecutionResult);
    else if (frame.type === "complete") operation.completed();
    else operation.failed(frame.payload as GraphQLFormattedError[]);
  }

  #ended(why: string): void {
    this.control.end(new Error(why));
    for (const operation of this.#operations.values()) operation.results.end(new Error(why));
  }
}

interface OpenOptions extends ConnectOptions {
  /** The payload of `connection_init`. */
  readonly connectionParams: Record<string, unknown>;
}

interface ConnectOptions extends ClientOptions {
  readonly protocols: readonly string[];
}
