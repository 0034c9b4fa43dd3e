import { promised } from "../../promised.ts";
import { urlsIn } from "../../url-list.ts";
import type { BrokerAdapter, BrokerCapabilities, Tap, TapListener } from "../adapter.ts";
import { brokerBlocked, brokerClosed, noConnection } from "../broker-errors.ts";
import type { IncomingMessage, OutgoingMessage } from "../message.ts";
import type { QueueReader } from "../queue-delivery.ts";
import { isReply } from "../reply-to.ts";
import type { BrokerStatus, ConnectionStatus } from "../status.ts";
import type { StreamReader, StreamStart } from "../stream.ts";
import type { QueueConsumption, QueueListener } from "../queue-delivery.ts";
import { AmqplibConnection } from "./amqplib-connection.ts";
import { AmqpConnection, STREAMS, WORKING } from "./wire/amqp-connection.ts";
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
import { brokerAddress } from "./broker-address.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { checkQueue } from "./check-queue.ts";
import { Connections } from "./connections.ts";
import { ConsumingSides, type Consuming } from "./consuming.ts";
import { CountedLooks } from "./counted-looks.ts";
import { managementAddresses } from "./management-addresses.ts";
import { ManagementTopology } from "./management-topology.ts";
import type { RabbitMqOptions } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { RabbitMqConsumption } from "./rabbitmq-consumption.ts";
import { RabbitMqReader } from "./rabbitmq-reader.ts";
import { RabbitMqTap } from "./rabbitmq-tap.ts";
import { refusal } from "./reply-codes.ts";
import { ReplyPublishers } from "./reply-publishers.ts";
import { Requester } from "./requester.ts";
import { SerialChannels } from "./serial-channels.ts";
import { SpareConnections } from "./spare-connections.ts";
import { Streams } from "./streams.ts";
import type { Supervisor } from "./supervisor.ts";
import { TopologyCommands } from "./topology-commands.ts";

/** Queues that are read at once, each over a connection of its own. */
const READERS = 8;

/**
 * RabbitMQ over AMQP 0-9-1, on four connections: publishing (which the broker blocks when it is
 * short of resources), consuming (which it then does not), control for declarations, and working for
 * consumers of queues, whose mistakes are their own. Others are opened when they are needed: one for
 * what is replied to requests, one for replying to each node, one for streams, over which RabbitMQ closes connections
 * more readily than over anything else, and for a while one for each queue that is read.
 */
export function createRabbitMqAdapter(options: RabbitMqOptions): BrokerAdapter {
  return new RabbitMqAdapter(options);
}

class RabbitMqAdapter implements BrokerAdapter {
  readonly capabilities: BrokerCapabilities = {
    queueTypes: ["classic", "quorum", "stream"],
  };
  readonly #options: RabbitMqOptions;
  readonly #user: string;
  readonly #virtualHost: string;
  readonly #connections: Connections;
  readonly #publishing: Supervisor<AmqpConnection>;
  readonly #consuming: Supervisor<AmqpConnection>;
  readonly #control: Supervisor<AmqplibConnection>;
  readonly #working: Supervisor<AmqpConnection>;
  readonly #reading: SpareConnections;
  readonly #countedLooks: CountedLooks;
  readonly #requester: Requester;
  readonly #replies: ReplyPublishers;
  readonly #streams: Streams;
  readonly #taps = new Set<RabbitMqTap>();
  readonly #consumptions = new Set<RabbitMqConsumption>();
  #publisher?: Publisher;
  readonly #consumingSides: ConsumingSides;
  #consumingSide?: Consuming;
  #topology?: TopologyCommands;
  readonly #management: ManagementTopology;
  #server?: { product: string; version: string };
  #closed?: Promise<void>;

  constructor(options: RabbitMqOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
    const { user, virtualHost } = brokerAddress(urlsIn(options.url)[0]);
    this.#user = user;
    this.#virtualHost = virtualHost;
    this.#consumingSides = new ConsumingSides(options);
    this.#management = new ManagementTopology({
      addresses: () => managementAddresses(options),
      virtualHost,
      clusterName: () => this.#control.connection?.clusterName,
    });
    this.#publishing = this.#connections.needed("publishing", AmqpConnection, (connection) => {
      this.#server = connection.server;
      this.#publisher = new Publisher(connection, options);
    });
    this.#consuming = this.#connections.needed("consuming", AmqpConnection, (connection) => {
      this.#consumingSide = this.#consumingSides.over(connection);
      for (const tap of this.#taps) tap.restore();
    });
    this.#control = this.#connections.needed("control", AmqplibConnection, (connection) => {
      this.#topology = new TopologyCommands(
        new SerialChannels(connection),
        this.#reading,
        async (queue) => (await this.#management.queue(queue).catch(() => undefined))?.type,
      );
    });
    this.#working = this.#connections.needed(WORKING, AmqpConnection, () => {
      for (const consumption of this.#consumptions) consumption.restore();
    });
    const dial = (name: string) => (signal: AbortSignal) =>
      this.#connections.dial(name, AmqpConnection, signal);
    this.#reading = new SpareConnections(dial("reading"), READERS);
    const capabilities = () => capabilitiesOf(this.#server?.version);
    this.#countedLooks = new CountedLooks(
      (queue) => this.#management.deliveryLimit(queue, capabilities().defaultDeliveryLimit),
      capabilities,
    );
    this.#replies = new ReplyPublishers(dial("replying"), options);
    this.#requester = new Requester({
      dial: dial("replies"),
      publish: (message) => this.publish(message),
      requestsInFlight: options.requestsInFlight,
    });
    const supervisor = this.#connections.onDemand(STREAMS, AmqpConnection, () =>
      this.#streams.restore(),
    );
    this.#streams = new Streams(supervisor, options);
  }

  get user(): string {
    return this.#publishing.connection?.user ?? this.#user;
  }

  get status(): BrokerStatus {
    return {
      kind: "rabbitmq",
      ...this.#server,
      virtualHost: this.#virtualHost,
      ...this.#connections.state,
    };
  }

  get connections(): readonly ConnectionStatus[] {
    return this.#connections.statuses;
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    return this.#connections.onChange(() => listener(this.status));
  }

  open(): void {
    this.#connections.open();
  }

  publish(message: OutgoingMessage): Promise<{ routed: boolean }> {
    return promised(() => this.#publisherOf(message).publish(message));
  }

  #publisherOf(message: OutgoingMessage): Publisher | ReplyPublishers {
    this.#mustBeOpen();
    const connection = this.#publishing.connection;
    if (!connection || !this.#publisher) throw noConnection();
    if (connection.blocked !== undefined) throw brokerBlocked();
    return isReply(message) ? this.#replies : this.#publisher;
  }

  async openTap(spec: TapSpec, listener: TapListener): Promise<Tap> {
    this.#mustBeOpen();
    const tap: RabbitMqTap = new RabbitMqTap(spec, listener, this.#options, {
      consuming: () => (this.#consuming.connection ? this.#consumingSide : undefined),
      onClosed: () => this.#taps.delete(tap),
    });
    this.#taps.add(tap);
    try {
      await tap.open();
    } catch (error) {
      await tap.close();
      throw error;
    }
    return tap;
  }

  async consume(
    queue: string,
    options: { prefetch: number },
    listener: QueueListener,
  ): Promise<QueueConsumption> {
    this.#mustBeOpen();
    const consumption: RabbitMqConsumption = new RabbitMqConsumption(
      queue,
      options,
      listener,
      this.#options,
      {
        connection: () => this.#working.connection,
        onClosed: () => this.#consumptions.delete(consumption),
      },
    );
    this.#consumptions.add(consumption);
    try {
      await consumption.open();
    } catch (error) {
      await consumption.close();
      throw error;
    }
    return consumption;
  }

  async openStream(stream: string, start: StreamStart): Promise<StreamReader> {
    this.#mustBeOpen();
    return await this.#streams.open(stream, start);
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    await this.#commands().declareExchange(spec);
  }

  async deleteExchange(name: string, options: { ifUnused: boolean }): Promise<boolean> {
    const commands = this.#commands();
    this.#publisher?.doubt(name);
    try {
      const existed = await commands.deleteExchange(name, options);
      if (existed) for (const tap of this.#taps) tap.exchangeDeleted(name);
      return existed;
    } finally {
      this.#publisher?.doubt(name);
    }
  }

  async declareQueue(spec: QueueSpec): Promise<QueueCounts> {
    const commands = this.#commands();
    checkQueue(spec, capabilitiesOf(this.#server?.version));
    return await commands.declareQueue(spec);
  }

  async deleteQueue(
    name: string,
    options: { ifUnused: boolean; ifEmpty: boolean },
  ): Promise<number> {
    return await this.#commands().deleteQueue(name, options);
  }

  async purgeQueue(name: string): Promise<number> {
    return await this.#commands().purgeQueue(name);
  }

  async countQueue(name: string): Promise<QueueCounts> {
    return await this.#commands().countQueue(name);
  }

  async readExchanges(): Promise<readonly ExchangeDescription[]> {
    return await this.#readTopology().exchanges();
  }

  async readExchange(name: string): Promise<ExchangeDescription | undefined> {
    return await this.#readTopology().exchange(name);
  }

  async readQueues(): Promise<readonly QueueDescription[]> {
    return await this.#readTopology().queues();
  }

  async readQueue(name: string): Promise<QueueDescription | undefined> {
    return await this.#readTopology().queue(name);
  }

  async readBindings(of: BindingsOf): Promise<readonly Binding[]> {
    return await this.#readTopology().bindings(of);
  }

  async bind(binding: Binding): Promise<void> {
    await this.#commands().bind(binding);
  }

  async unbind(binding: Binding): Promise<void> {
    await this.#commands().unbind(binding);
  }

  async openReader(queue: string, { putsBack }: { putsBack: boolean }): Promise<QueueReader> {
    this.#mustBeOpen();
    if (!this.#control.connection) throw noConnection();
    const onRead = putsBack ? await this.#countedLooks.check(queue) : undefined;
    const connection = await this.#reading.borrow().catch((error: unknown) => {
      throw refusal(error, "The broker refused another connection");
    });
    const onClosed = () => this.#reading.giveBack(connection);
    return await RabbitMqReader.open(queue, connection, { onClosed, onRead });
  }

  async request(
    message: OutgoingMessage,
    { timeoutMs }: { timeoutMs: number },
  ): Promise<IncomingMessage> {
    this.#mustBeOpen();
    if (!this.#publishing.connection) throw noConnection();
    return await this.#requester.request(message, timeoutMs);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([
      ...[...this.#taps].map((tap) => tap.end()),
      ...[...this.#consumptions].map((consumption) => consumption.end(brokerClosed())),
      this.#streams.close(),
    ]);
    this.#consumingSides.close();
    this.#management.close();
    await Promise.all([this.#reading.close(), this.#requester.close(), this.#replies.close()]);
    await this.#connections.close();
  }

  #commands(): TopologyCommands {
    this.#mustBeOpen();
    if (!this.#control.connection || !this.#topology) throw noConnection();
    return this.#topology;
  }

  /** Which broker's API it has to be is known once there is a connection. */
  #readTopology(): ManagementTopology {
    this.#mustBeOpen();
    if (!this.#control.connection) throw noConnection();
    return this.#management;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw brokerClosed();
  }
}
