import { toError } from "../../../errors.ts";
import { dialTarget, type DialTarget } from "../dial-target.ts";
import type { RabbitMqOptions } from "../options.ts";
import { BrokerTimeout, withTimeout } from "../timeout.ts";
import { CONNECTION_CLOSE_OK, PROTOCOL_HEADER, REPLY_SUCCESS } from "./amqp-constants.ts";
import { dialSocket } from "./broker-socket.ts";
import { Channel } from "./channel.ts";
import { ConfirmChannel, type ConfirmListener } from "./confirm-channel.ts";
import { shakeHands, type Agreed } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ChannelConnection, MethodChannel } from "./method-channel.ts";
import { sendHeartbeat } from "./method-frame.ts";
import { ConnectionLost } from "./wire-errors.ts";
import { WireLink } from "./wire-link.ts";

/** The longest frame we ask for, in bytes: RabbitMQ's own default. */
const FRAME_MAX = 131_072;

/** The connection for consumers of queues. */
export const WORKING = "working";

/** The connection for readers of streams. */
export const STREAMS = "streams";

/**
 * RabbitMQ's "Production Checklist" advises a small bound, and most of ours open a few dozen at most. Where
 * each consumer of a queue or a stream has one to itself, it is RabbitMQ's own, unless the operator has set another.
 */
const CHANNELS_PER_CONNECTION = 128;
const MANY_CHANNELS = 2047;

/**
 * One open AMQP 0-9-1 connection, until it ends; it is never opened again. Every wait for the broker has a
 * bound, and a connection that has ended has its socket destroyed.
 */
export class AmqpConnection {
  /** Whom the broker knows it as. */
  readonly user: string;
  readonly #options: RabbitMqOptions;
  readonly #link: WireLink;
  #agreed: Agreed | undefined;
  #blocked: string | undefined;
  #onBlocked: () => void = () => {};
  #closing: Promise<void> | undefined;

  private constructor(target: DialTarget, options: RabbitMqOptions) {
    this.user = target.user;
    this.#options = options;
    this.#link = new WireLink(
      (onRead) => dialSocket(target, onRead),
      FRAME_MAX,
      options,
      (reason) => this.#setBlocked(reason),
    );
  }

  /**
   * Dials `options.url`, which is one, and shakes hands within `connectTimeoutMs`, or until `signal`.
   * `name` is what operators see.
   */
  static async open(
    name: string,
    options: RabbitMqOptions,
    signal: AbortSignal,
  ): Promise<AmqpConnection> {
    const target = await dialTarget(options);
    signal.throwIfAborted();
    const connection = new AmqpConnection(target, options);
    const giveUp = () =>
      connection.#link.end(new Error("Nobody waits for the connection any more"));
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      const opening = connection.#shakeHands(name, target);
      await withTimeout(opening, options.connectTimeoutMs, "connecting");
      return connection;
    } catch (error) {
      connection.#link.end(toError(error));
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Resolves, once, with the reason why the connection has ended. Never rejects. */
  get ended(): Promise<Error> {
    return this.#link.ended;
  }

  /** The broker's own name and version (AMQP 0-9-1 section 1.4.2.1, "server-properties"). */
  get server(): { product: string; version: string } {
    return this.#agreed?.server ?? { product: "", version: "" };
  }

  /** RabbitMQ, "Clustering": of the cluster that the broker is a node of. */
  get clusterName(): string | undefined {
    return this.#agreed?.clusterName;
  }

  /** Why the broker takes no publishes, while it does not (RabbitMQ, "Blocked Connections"). */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  set onBlocked(listener: () => void) {
    this.#onBlocked = listener;
  }

  /**
   * Rejects with why the broker closed it, or why there is none. `onClosed` is as the channel's own, which may be
   * set later as well.
   */
  async openChannel(onClosed?: Channel["onClosed"]): Promise<Channel> {
    const { logger } = this.#options;
    const channel = await this.#open((number, link) => new Channel(number, link, logger));
    if (onClosed) channel.onClosed = onClosed;
    return channel;
  }

  /** In confirm mode; as {@link openChannel}. */
  openConfirmChannel<T>(listener: ConfirmListener<T>): Promise<ConfirmChannel<T>> {
    return this.#open((number, connection) => new ConfirmChannel(number, connection, listener));
  }

  /** Never rejects: a channel that cannot be closed ends with its connection. */
  async closeChannel(channel: MethodChannel): Promise<void> {
    await this.rpc(channel.close(), "closing a channel").catch(() => {});
  }

  /** Bounds the wait for one AMQP method; a broker that misses it is given up on, connection and all. */
  async rpc<T>(answer: Promise<T>, what: string): Promise<T> {
    try {
      return await withTimeout(answer, this.#options.rpcTimeoutMs, what);
    } catch (error) {
      if (error instanceof BrokerTimeout) this.#link.end(error);
      throw error;
    }
  }

  /** Closes in good order within `closeTimeoutMs`, else destroys the socket. Idempotent; never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #open<C extends MethodChannel>(
    make: (number: number, connection: ChannelConnection) => C,
  ): Promise<C> {
    const { output, channels, over, ended } = this.#link;
    if (over) throw new ConnectionLost(await ended);
    const frameMax = this.#agreed?.frameMax ?? FRAME_MAX;
    const channel = channels.add((number) => make(number, { output, frameMax }));
    await this.rpc(channel.open(), "opening a channel");
    // It may have been closed in the instant of opening, when its opener had not heard of it.
    if (channel.closed) throw new ConnectionLost(new Error("The channel was closed at once"));
    return channel;
  }

  async #close(): Promise<void> {
    const { control, ended, over } = this.#link;
    if (over) return;
    const reason = new Error("The gateway has closed the connection");
    const closed = Promise.race([control.expect(CONNECTION_CLOSE_OK), ended]);
    control.sendClose(REPLY_SUCCESS, "Goodbye");
    // RabbitMQ reads nothing from a connection that it blocks: there will be no answer.
    if (this.#blocked !== undefined) this.#link.endInGoodOrder(reason);
    await withTimeout(closed, this.#options.closeTimeoutMs, "closing").catch(() => {});
    this.#link.end(reason);
  }

  async #shakeHands(name: string, target: DialTarget): Promise<void> {
    const link = this.#link;
    link.output.append(PROTOCOL_HEADER);
    link.output.flush();
    const agreed = await shakeHands(link.control, {
      ...target,
      connectionName: `rabbitql ${this.#options.instance} ${name}`,
      frameMax: FRAME_MAX,
      channelMax: channelsOf(name, this.#options),
      heartbeatSeconds: this.#options.heartbeatSeconds,
    });
    this.#agreed = agreed;
    link.opened = true;
    link.maxPayload = agreed.frameMax;
    link.channels.most = agreed.channelMax;
    if (agreed.heartbeatSeconds > 0) this.#keepAlive(agreed.heartbeatSeconds);
  }

  #keepAlive(seconds: number): void {
    const link = this.#link;
    const heartbeat = new Heartbeat(seconds * 1000, link, {
      beat: () => {
        if (!link.output.wrote) sendHeartbeat(link.output);
        link.output.flush();
        link.output.wrote = false;
      },
      lost: () => link.end(new BrokerTimeout(`Nothing was heard for ${2 * seconds} s`)),
    });
    void link.ended.then(() => heartbeat.stop());
  }

  #setBlocked(reason: string | undefined): void {
    this.#blocked = reason;
    this.#onBlocked();
  }
}

function channelsOf(name: string, { maxWorkChannels = MANY_CHANNELS }: RabbitMqOptions): number {
  if (name === WORKING) return maxWorkChannels;
  return name === STREAMS ? MANY_CHANNELS : CHANNELS_PER_CONNECTION;
}
