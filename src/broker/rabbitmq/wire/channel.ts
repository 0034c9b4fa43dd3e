import { toError } from "../../../errors.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { fieldTable, type FieldTable } from "../../field-table.ts";
import type { MessageProperties, OutgoingMessage } from "../../message.ts";
import { sendAck, sendNack } from "./ack-frames.ts";
import {
  BASIC_CANCEL,
  BASIC_CANCEL_OK,
  BASIC_CONSUME,
  BASIC_CONSUME_OK,
  BASIC_DELIVER,
  BASIC_GET,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_QOS,
  BASIC_QOS_OK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  UNEXPECTED_FRAME,
} from "./amqp-constants.ts";
import { Consumers, type ChannelConsumer } from "./consumers.ts";
import { DeclaringChannel } from "./declaring-channel.ts";
import type { Delivery } from "./delivery.ts";
import { IncomingContent } from "./incoming-content.ts";
import type { ChannelConnection } from "./method-channel.ts";
import { bits, long, short, shortString, table } from "./method-frame.ts";
import { FieldTableWriter } from "./field-table-writer.ts";
import { writePublish } from "./publish-frames.ts";
import { ChannelOver, ProtocolError, type ClosedByBroker } from "./wire-errors.ts";
import { WireReader } from "./wire-reader.ts";

export interface ConsumeOptions {
  /** Every delivery carries it. The caller's own: no two consumers of a channel may have the same. */
  readonly consumerTag: string;
  readonly exclusive?: boolean;
  /** Nothing is to be acknowledged. */
  readonly noAck?: boolean;
  readonly arguments?: FieldTable;
}

/** An AMQP channel for declarations, deliveries and acknowledgements. What its listeners throw is logged, and hits nobody else. */
export class Channel extends DeclaringChannel {
  readonly #logger: Logger;
  readonly #content = new IncomingContent();
  readonly #consumers = new Consumers();
  /** For whom the content is that is on its way. */
  #receiver: Receiver = NOBODY;
  readonly #returns = {
    delivery: ({ properties }: Delivery): void => this.#onReturned(properties),
  };
  #onClosed: (failure: ClosedByBroker | undefined) => void = () => {};
  #onReturned: (properties: MessageProperties) => void = () => {};

  /** It stays unsettled, and goes back with the channel. */
  readonly #unknown: Receiver = {
    delivery: ({ exchange, routingKey }) =>
      this.#logger.error({ exchange, routingKey }, "a delivery is for a consumer that is none"),
  };

  constructor(number: number, connection: ChannelConnection, logger: Logger) {
    super(number, connection);
    this.#logger = logger;
  }

  /** Called once the channel is closed, by whomever, with the broker's reason where that is about this channel. */
  set onClosed(listener: (failure: ClosedByBroker | undefined) => void) {
    this.#onClosed = listener;
  }

  /** Called with each message that was published here and could not be routed. */
  set onReturned(listener: (properties: MessageProperties) => void) {
    this.#onReturned = listener;
  }

  /**
   * Unacknowledged deliveries that each consumer may have from now on (RabbitMQ, "Consumer Prefetch"): one
   * for a whole channel is not asked for, since RabbitMQ 4.3 does not take it.
   */
  async prefetch(count: number): Promise<void> {
    await this.call(BASIC_QOS, BASIC_QOS_OK, long(0), short(count), bits(false));
  }

  /** Resolves when the broker has accepted the consumer. Deliveries may come before it does. */
  async consume(
    queue: string,
    {
      consumerTag,
      exclusive = false,
      noAck = false,
      arguments: more = fieldTable(),
    }: ConsumeOptions,
    consumer: ChannelConsumer,
  ): Promise<void> {
    const names = [queue, consumerTag].map(shortString);
    const flags = bits(false, noAck, exclusive);
    this.#consumers.add(consumerTag, consumer);
    try {
      await this.call(BASIC_CONSUME, BASIC_CONSUME_OK, short(0), ...names, flags, table(more));
    } catch (error) {
      this.#consumers.remove(consumerTag);
      throw error;
    }
  }

  /** Resolves when nothing more comes. */
  async cancel(consumerTag: string): Promise<void> {
    await this.call(BASIC_CANCEL, BASIC_CANCEL_OK, shortString(consumerTag), bits());
    this.#consumers.remove(consumerTag);
  }

  /** The next message of a queue and how many are left, to be acknowledged; undefined where there is none. */
  async get(queue: string): Promise<{ delivery: Delivery; messageCount: number } | undefined> {
    const asked = [short(0), shortString(queue), bits(false)];
    const { fields, delivery } = await this.call(BASIC_GET, GET_ANSWERS, ...asked);
    return delivery && { delivery, messageCount: fields.long() };
  }

  /** With `allUpTo` all earlier ones too that are not settled. False: the channel is closed, and has given everything back. */
  ack({ tag }: Delivery, allUpTo = false): boolean {
    if (this.state !== "open") return false;
    sendAck(this.connection.output, this.number, tag, allUpTo);
    return true;
  }

  /** Puts it back into its queue, or has the broker drop it, which may make it a dead letter. As `ack`. */
  nack({ tag }: Delivery, { requeue }: { requeue: boolean }): boolean {
    if (this.state !== "open") return false;
    sendNack(this.connection.output, this.number, tag, requeue);
    return true;
  }

  /**
   * Without a confirm. Throws, with nothing sent, {@link ChannelOver} on a channel that is closed, and RangeError
   * where the message does not fit into AMQP's fields.
   */
  publish(message: OutgoingMessage): void {
    if (this.state !== "open") throw new ChannelOver();
    const { output, frameMax } = this.connection;
    writePublish(
      { output, frameMax, channel: this.number, tables: new FieldTableWriter() },
      message,
    );
  }

  override method(method: number, bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open" || method === CHANNEL_CLOSE) super.method(method, bytes, start, end);
    else if (!this.#content.complete) throw new ProtocolError("A cut message", UNEXPECTED_FRAME);
    else if (method === BASIC_DELIVER) this.#delivers(bytes, start, end);
    else if (method === BASIC_GET_OK) this.#got(bytes, start, end);
    else if (method === BASIC_RETURN) {
      this.#content.beginReturned(bytes, start, end);
      this.#receiver = this.#returns;
    } else if (method === BASIC_CANCEL) this.#cancels(new WireReader(bytes, start, end));
    else super.method(method, bytes, start, end);
  }

  header(bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open") return;
    const delivery = this.#content.header(bytes, start, end);
    if (delivery) this.#receive(delivery);
  }

  body(bytes: Buffer, start: number, end: number): void {
    if (this.state !== "open") return;
    const delivery = this.#content.body(bytes, start, end);
    if (delivery) this.#receive(delivery);
  }

  protected override ended(failure: ClosedByBroker | undefined): void {
    this.#consumers.clear();
    this.#content.forget();
    this.#receiver = NOBODY;
    this.#safely("closed", () => this.#onClosed(failure));
  }

  /** A consumer tag, the delivery tag, a bit, and names (section 1.8.3.9). */
  #delivers(bytes: Buffer, start: number, end: number): void {
    const at = start < end ? start + 1 + bytes.readUInt8(start) : end;
    this.#content.begin(bytes, at, end);
    this.#receiver = this.#consumers.at(bytes, start + 1, at) ?? this.#unknown;
  }

  /** The same without a consumer tag, and a count after it (section 1.8.3.11). */
  #got(bytes: Buffer, start: number, end: number): void {
    const namesEnd = this.#content.begin(bytes, start, end);
    const fields = new WireReader(bytes, namesEnd, end);
    this.#receiver = {
      delivery: (delivery) => this.answered(BASIC_GET_OK, fields, delivery),
    };
  }

  #cancels(fields: WireReader): void {
    const consumer = this.#consumers.remove(fields.shortString());
    this.#safely("cancelled", () => consumer?.cancelled());
  }

  #receive(delivery: Delivery): void {
    try {
      this.#receiver.delivery(delivery);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      this.#threw(error, "delivery");
    }
  }

  #safely(event: string, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#threw(error, event);
    }
  }

  #threw(error: unknown, event: string): void {
    this.#logger.error({ err: toError(error), event }, "a channel's listener threw");
  }
}

type Receiver = Pick<ChannelConsumer, "delivery">;

const NOBODY: Receiver = { delivery: () => {} };

const GET_ANSWERS = [BASIC_GET_OK, BASIC_GET_EMPTY];
