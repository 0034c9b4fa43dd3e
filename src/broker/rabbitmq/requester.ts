import type { IncomingMessage, OutgoingMessage } from "../message.ts";
import { Requests, type ReplyAddress } from "../requests.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { DeliveredMessage } from "./delivered-message.ts";
import { openReplyChannel } from "./reply-channel.ts";
import { refusal } from "./reply-codes.ts";
import type { Delivery } from "./wire/delivery.ts";

/** Requests over a connection for replies that is opened when the first of them needs it, and again where it is lost. */
export class Requester {
  readonly #dial: (signal: AbortSignal) => Promise<AmqpConnection>;
  readonly #requests: Requests;
  readonly #closing = new AbortController();
  #connection?: AmqpConnection | undefined;
  #address?: Promise<ReplyAddress> | undefined;

  constructor(options: {
    dial: (signal: AbortSignal) => Promise<AmqpConnection>;
    publish: (message: OutgoingMessage) => Promise<{ routed: boolean }>;
    requestsInFlight: number;
  }) {
    this.#dial = options.dial;
    this.#requests = new Requests({ ...options, replyAddress: () => this.#replyAddress() });
  }

  request(message: OutgoingMessage, timeoutMs: number): Promise<IncomingMessage> {
    return this.#requests.request(message, timeoutMs);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#requests.close();
    await this.#connection?.close();
  }

  #replyAddress(): Promise<ReplyAddress> {
    return (this.#address ??= this.#open());
  }

  async #open(): Promise<ReplyAddress> {
    try {
      const connection = await this.#dial(this.#closing.signal);
      this.#connection = connection;
      return await this.#openOn(connection);
    } catch (error) {
      this.#address = undefined;
      throw refusal(error, "The broker lets nobody wait for replies here");
    }
  }

  async #openOn(connection: AmqpConnection): Promise<ReplyAddress> {
    let opened: ReplyAddress | undefined;
    const lost = () => {
      if (this.#connection !== connection) return;
      this.#connection = this.#address = undefined;
      if (opened) this.#requests.lost(opened);
      // Its channel may be all that is gone, and nobody else would close it.
      void connection.close();
    };
    void connection.ended.then(lost);
    const reply = (delivery: Delivery) =>
      this.#requests.reply(new DeliveredMessage(delivery, Date.now()));
    try {
      opened = await openReplyChannel(connection, reply, lost);
      if (this.#connection !== connection) throw await connection.ended;
      return opened;
    } catch (error) {
      lost();
      throw error;
    }
  }
}
