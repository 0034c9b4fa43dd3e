import { connect, type Channel, type ChannelModel } from "amqplib";
import { toError } from "../../errors.ts";
import { dialTarget, type DialTarget } from "./dial-target.ts";
import type { RabbitMqOptions } from "./options.ts";
import type { ChannelSource } from "./serial-channels.ts";
import { BrokerTimeout, withTimeout } from "./timeout.ts";

/** RabbitMQ's "Production Checklist" advises a small bound; declarations open a few. */
const CHANNELS = 128;

/**
 * One open connection to the broker for what is declared on it, until it ends; it is never opened again. Messages
 * travel over a client of our own, in `wire/`.
 *
 * amqplib waits without limit for the broker and half-closes a socket that has failed, so every wait
 * here has a bound, and a connection that has ended has its socket destroyed.
 */
export class AmqplibConnection implements ChannelSource<Channel> {
  /** Resolves, once, with the reason why the connection has ended. Never rejects. */
  readonly ended: Promise<Error>;
  readonly #model: ChannelModel;
  readonly #socket: AbortController;
  readonly #options: RabbitMqOptions;
  #blocked: string | undefined;
  #onBlocked: () => void = () => {};

  private constructor(model: ChannelModel, socket: AbortController, options: RabbitMqOptions) {
    this.#model = model;
    this.#socket = socket;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      let failure: Error | undefined;
      model.on("error", (error) => (failure = error));
      model.on("close", (error) => {
        socket.abort();
        resolve(failure ?? error ?? new Error("closed"));
      });
    });
    model.on("blocked", (reason) => this.#setBlocked(reason));
    model.on("unblocked", () => this.#setBlocked(undefined));
  }

  /** Dials `options.url`, which is one, and shakes hands within `connectTimeoutMs`, or until `signal`. */
  static async open(
    name: string,
    options: RabbitMqOptions,
    signal: AbortSignal,
  ): Promise<AmqplibConnection> {
    const target = await dialTarget(options);
    signal.throwIfAborted();
    const socket = new AbortController();
    const giveUp = () => socket.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      const dialled = dial(name, target, options, socket.signal);
      const model = await withTimeout(dialled, options.connectTimeoutMs, "connecting");
      const connection = new AmqplibConnection(model, socket, options);
      await connection.#probe();
      return connection;
    } catch (error) {
      socket.abort();
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** The name of the broker's cluster, of one node as well (RabbitMQ, "Clustering"). */
  get clusterName(): string | undefined {
    const { cluster_name: name } = this.#model.connection.serverProperties;
    return typeof name === "string" ? name : undefined;
  }

  /** Why the broker takes no publishes, while it does not (RabbitMQ, "Blocked Connections"). */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  set onBlocked(listener: () => void) {
    this.#onBlocked = listener;
  }

  async openChannel(onClosed: () => void = () => {}): Promise<Channel> {
    const channel = await this.rpc(this.#model.createChannel(), "opening a channel");
    channel.on("close", onClosed);
    channel.on("error", () => {});
    channel.on("handler-error", (error: unknown, event: string) => {
      this.#options.logger.error({ err: toError(error), event }, "a channel's listener threw");
    });
    return channel;
  }

  async rpc<T>(answer: Promise<T>, what: string): Promise<T> {
    try {
      return await withTimeout(answer, this.#options.rpcTimeoutMs, what);
    } catch (error) {
      if (error instanceof BrokerTimeout) this.#socket.abort();
      throw error;
    }
  }

  /** Closes in good order within `closeTimeoutMs`, else destroys the socket. */
  async close(): Promise<void> {
    const closing = Promise.race([this.#model.close(), this.ended]);
    await withTimeout(closing, this.#options.closeTimeoutMs, "closing").catch(() => {});
    this.#socket.abort();
  }

  /** What the broker said in the instant of opening may have been heard by nobody: ask it something. */
  async #probe(): Promise<void> {
    const channel = await this.openChannel();
    await this.rpc(channel.close(), "closing a channel");
  }

  #setBlocked(reason: string | undefined): void {
    this.#blocked = reason;
    this.#onBlocked();
  }
}

/** `signal` destroys the socket, at any time. */
async function dial(
  name: string,
  { isTls, host, port, user, password, virtualHost, tls }: DialTarget,
  options: RabbitMqOptions,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const address = {
    protocol: isTls ? "amqps" : "amqp",
    hostname: host,
    port,
    username: user,
    password,
    // amqplib takes it as it stands in a URL.
    vhost: encodeURIComponent(virtualHost),
    heartbeat: options.heartbeatSeconds,
    channelMax: CHANNELS,
  };
  const socketOptions = {
    ...tls,
    noDelay: true,
    keepAlive: true,
    signal,
    clientProperties: { connection_name: `rabbitql ${options.instance} ${name}` },
  };
  const model = await connect(address, socketOptions);
  // One that opens in the instant we give up would otherwise throw its error at nobody.
  model.on("error", () => {});
  return model;
}
