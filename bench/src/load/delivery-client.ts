import { numberIn } from "../wire/bench-message.ts";
import { ackOf, deliveriesOf } from "../wire/operations.ts";
import { connectionInit } from "./conversation.ts";
import type { GraphQLSocketAddress } from "./socket-client.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

export interface DeliveryClientOptions {
  readonly address: GraphQLSocketAddress;
  readonly queue: string;
  readonly prefetch: number;
  /** Deliveries that are acknowledged with one mutation. */
  readonly batch: number;
}

export interface DeliveryClientListener {
  /** The gateway has answered that so many deliveries are settled. */
  acknowledged(deliveries: number): void;
  failed(why: Error): void;
}

const SUBSCRIPTION = "deliveries";
const DELIVERY_ID = /"id":"([\w-]{22})"/;

/** Takes work from a queue over one WebSocket and acknowledges it there in batches, each message once. */
export class DeliveryClient {
  readonly #options: DeliveryClientOptions;
  readonly #listener: DeliveryClientListener;
  readonly #connection: WebSocketConnection;
  #collected: string[] = [];
  #last = Infinity;
  /** How many deliveries each mutation that runs is about, by its id. */
  readonly #acknowledging = new Map<string, number>();
  #mutations = 0;
  /** By the number of the message. */
  readonly #received = new Set<number>();

  constructor(options: DeliveryClientOptions, listener: DeliveryClientListener) {
    this.#options = options;
    this.#listener = listener;
    this.#connection = new WebSocketConnection(
      { ...options.address, subprotocol: "graphql-transport-ws" },
      0,
      {
        opened: () => this.#connection.send(connectionInit(options.address.token)),
        text: (text) => this.#read(text),
        counted: () => {},
        failed: (why) => listener.failed(why),
      },
    );
  }

  /** So many messages will have come when all have: what is the last then need not fill a batch. */
  finish(messages: number): void {
    this.#last = messages;
    if (this.#received.size === messages) this.#acknowledge();
  }

  close(): void {
    this.#connection.close();
  }

  #read(text: string): void {
    if (text.includes('"connection_ack"')) this.#subscribe();
    else if (text.includes('"errors"') || text.includes('"type":"error"'))
      this.#fail(`an operation was answered with ${text}`);
    else if (text.includes('"data":{"deliveries":')) this.#take(text);
    else this.#answered(text);
  }

  #subscribe(): void {
    const { queue, prefetch } = this.#options;
    this.#send(SUBSCRIPTION, deliveriesOf(queue, prefetch));
  }

  #take(text: string): void {
    const number = numberIn(text);
    const id = DELIVERY_ID.exec(text.slice(text.indexOf('"deliveries":')))?.[1];
    if (number === undefined || id === undefined || !text.includes('"attempt":1,'))
      return this.#fail(`a delivery is not as it was to be: ${text}`);
    if (this.#received.has(number)) return this.#fail(`message ${number} was delivered twice`);
    this.#received.add(number);
    this.#collected.push(id);
    if (this.#collected.length >= this.#options.batch || this.#received.size === this.#last)
      this.#acknowledge();
  }

  #acknowledge(): void {
    const ids = this.#collected;
    if (ids.length === 0) return;
    this.#collected = [];
    const id = String(this.#mutations++);
    this.#acknowledging.set(id, ids.length);
    this.#send(id, ackOf(ids));
  }

  /** A mutation's result, and then its end. */
  #answered(text: string): void {
    const { id, type } = JSON.parse(text) as { id: string; type: string };
    const deliveries = this.#acknowledging.get(id);
    if (deliveries === undefined) this.#fail(`nothing was asked that ${text} answers`);
    else if (type === "complete") this.#acknowledging.delete(id);
    else this.#listener.acknowledged(deliveries);
  }

  #send(id: string, payload: object): void {
    this.#connection.send(JSON.stringify({ id, type: "subscribe", payload }));
  }

  #fail(why: string): void {
    this.#listener.failed(new Error(why));
  }
}
