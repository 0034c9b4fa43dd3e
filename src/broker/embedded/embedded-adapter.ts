import { uniqueId } from "../unique-id.ts";
import type { BrokerAdapter, BrokerCapabilities, Tap, TapListener } from "../adapter.ts";
import { brokerClosed, foreignUserId, noConnection, notSupported } from "../broker-errors.ts";
import type { IncomingMessage, OutgoingMessage } from "../message.ts";
import type { QueueConsumption, QueueListener, QueueReader } from "../queue-delivery.ts";
import { Requests } from "../requests.ts";
import type { BrokerStatus, ConnectionState } from "../status.ts";
import type {
  Binding,
  BindingsOf,
  ExchangeDescription,
  ExchangeSpec,
  QueueCounts,
  QueueDescription,
  QueueSpec,
  TapSpec,
} from "../topology.ts";
import type { BrokerSnapshot } from "./broker-snapshot.ts";
import { EmbeddedBroker } from "./embedded-broker.ts";
import { EmbeddedConsumption } from "./embedded-consumption.ts";
import { EmbeddedReader } from "./embedded-reader.ts";
import { EmbeddedTap, type TapBounds } from "./embedded-tap.ts";
import { bindingsAmong, describeExchange, describeQueue } from "./describe.ts";
import { nextTurn } from "./next-turn.ts";
import type { ReplyInbox } from "./reply-inboxes.ts";

export interface EmbeddedOptions {
  /** A name to show; an embedded broker has one virtual host. Default: "/". */
  readonly virtualHost?: string;
  /** The user that publishes are made as. Default: "guest". */
  readonly user?: string;
  readonly tap: TapBounds;
  /** Requests that may wait for their replies at once. Default: 20,000. */
  readonly requestsInFlight?: number;
  /** The broker to use, where adapters share one. Default: one of its own. */
  readonly broker?: EmbeddedBroker;
}

export interface EmbeddedAdapter extends BrokerAdapter {
  /** What the broker has now, other adapters' queues included. Works in every state. */
  inspect(): BrokerSnapshot;
}

/** A broker in this process: nothing to install, and nothing kept when it stops. */
export function createEmbeddedAdapter(options: EmbeddedOptions): EmbeddedAdapter {
  return new InProcessAdapter(options);
}

class InProcessAdapter implements EmbeddedAdapter {
  readonly capabilities: BrokerCapabilities = {
    queueTypes: ["classic"],
  };
  readonly connections = [];
  readonly user: string;
  readonly #virtualHost: string;
  readonly #tapBounds: TapBounds;
  readonly #broker: EmbeddedBroker;
  readonly #taps = new Set<EmbeddedTap>();
  readonly #consumptions = new Set<EmbeddedConsumption>();
  readonly #readers = new Set<EmbeddedReader>();
  readonly #requests: Requests;
  #replies: ReplyInbox | undefined;
  readonly #listeners = new Set<(status: BrokerStatus) => void>();
  #state: ConnectionState = "connecting";
  #since = new Date();

  constructor({
    virtualHost = "/",
    user = "guest",
    tap,
    requestsInFlight = 20_000,
    broker = new EmbeddedBroker(),
  }: EmbeddedOptions) {
    this.#virtualHost = virtualHost;
    this.user = user;
    this.#tapBounds = tap;
    this.#broker = broker;
    this.#requests = new Requests({
      requestsInFlight,
      publish: (message) => this.publish(message),
      replyAddress: () => Promise.resolve(this.#replyInbox()),
    });
  }

  get status(): BrokerStatus {
    return {
      kind: "embedded",
      virtualHost: this.#virtualHost,
      state: this.#state,
      since: this.#since,
      ...(this.#state === "closed" && { reason: "The gateway has closed it" }),
    };
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    if (this.#state === "connecting") this.#become("connected");
  }

  async publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    const broker = this.#connected();
    const { userId } = message.properties;
    if (userId !== undefined && userId !== this.user) throw foreignUserId(userId);
    const routed = broker.publish(message);
    await nextTurn();
    return { routed };
  }

  async openTap(spec: TapSpec, listener: TapListener): Promise<Tap> {
    const tap: EmbeddedTap = new EmbeddedTap(this.#connected(), spec, listener, {
      queue: `gql.embedded.${uniqueId()}`,
      bounds: this.#tapBounds,
      onClosed: () => this.#taps.delete(tap),
    });
    this.#taps.add(tap);
    // What is published from here on is delivered on a later turn than this one: after `live`.
    await nextTurn();
    tap.goLive();
    return tap;
  }

  async consume(
    name: string,
    { prefetch }: { prefetch: number },
    listener: QueueListener,
  ): Promise<QueueConsumption> {
    const queue = this.#connected().queue(name);
    const consumption: EmbeddedConsumption = new EmbeddedConsumption(queue, listener, {
      prefetch,
      onClosed: () => this.#consumptions.delete(consumption),
    });
    this.#consumptions.add(consumption);
    await nextTurn();
    return consumption;
  }

  async openStream(): Promise<never> {
    this.#connected();
    throw notSupported(
      "Replaying a stream",
      `it has queues of type ${this.capabilities.queueTypes.join(", ")}`,
    );
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    this.#connected().declareExchange(spec);
    await nextTurn();
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    const existed = this.#connected().deleteExchange(name, options);
    await nextTurn();
    return existed;
  }

  async declareQueue(spec: QueueSpec): Promise<QueueCounts> {
    const broker = this.#connected();
    if (!this.capabilities.queueTypes.includes(spec.type))
      throw notSupported(
        `The queue type "${spec.type}"`,
        `it has ${this.capabilities.queueTypes.join(", ")}`,
      );
    const { messagesReady, consumers } = broker.declareQueue(spec);
    await nextTurn();
    return { messagesReady, consumers };
  }

  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    const deleted = this.#connected().deleteQueue(name, options);
    await nextTurn();
    return deleted;
  }

  async purgeQueue(name: string): Promise<number> {
    const purged = this.#connected().queue(name).purge();
    await nextTurn();
    return purged;
  }

  async countQueue(name: string): Promise<QueueCounts> {
    const { messagesReady, consumers } = this.#connected().queue(name);
    await nextTurn();
    return { messagesReady, consumers };
  }

  async readExchanges(): Promise<readonly ExchangeDescription[]> {
    const { exchanges } = this.#connected().snapshot();
    await nextTurn();
    return exchanges.map(describeExchange);
  }

  async readExchange(name: string): Promise<ExchangeDescription | undefined> {
    return (await this.readExchanges()).find((exchange) => exchange.name === name);
  }

  async readQueues(): Promise<readonly QueueDescription[]> {
    const { queues } = this.#connected().snapshot();
    await nextTurn();
    return queues.map(describeQueue);
  }

  async readQueue(name: string): Promise<QueueDescription | undefined> {
    return (await this.readQueues()).find((queue) => queue.name === name);
  }

  async readBindings(of: BindingsOf): Promise<readonly Binding[]> {
    const { bindings } = this.#connected().snapshot();
    await nextTurn();
    return bindingsAmong(bindings, of);
  }

  async bind(binding: Binding): Promise<void> {
    this.#connected().bind(binding);
    await nextTurn();
  }

  async unbind(binding: Binding): Promise<void> {
    this.#connected().unbind(binding);
    await nextTurn();
  }

  async openReader(queue: string): Promise<QueueReader> {
    const broker = this.#connected();
    const reader: EmbeddedReader = new EmbeddedReader(() => broker.queue(queue), {
      onClosed: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    await nextTurn();
    return reader;
  }

  async request(
    message: OutgoingMessage,
    { timeoutMs }: { timeoutMs: number },
  ): Promise<IncomingMessage> {
    this.#connected();
    return await this.#requests.request(message, timeoutMs);
  }

  inspect(): BrokerSnapshot {
    return this.#broker.snapshot();
  }

  async close(): Promise<void> {
    if (this.#state !== "closed") {
      this.#become("closed");
      for (const tap of this.#taps) tap.end();
      for (const consumption of this.#consumptions) consumption.end();
      for (const reader of this.#readers) reader.end();
      this.#requests.close();
      this.#replies?.close();
      this.#listeners.clear();
    }
    await nextTurn();
  }

  /** One for all requests, like the channel of a connection. */
  #replyInbox(): ReplyInbox {
    return (this.#replies ??= this.#connected().openReplyInbox((reply) =>
      this.#requests.reply(reply),
    ));
  }

  #connected(): EmbeddedBroker {
    if (this.#state === "closed") throw brokerClosed();
    if (this.#state !== "connected") throw noConnection();
    return this.#broker;
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#since = new Date();
    for (const listener of this.#listeners) listener(this.status);
  }
}
