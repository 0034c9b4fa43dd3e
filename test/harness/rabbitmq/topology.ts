import { z } from "zod";
import { eventually } from "../eventually.ts";
import { MARKER, openMarker } from "./marker.ts";
import type { RabbitMq } from "./rabbitmq.ts";

/**
 * A virtual host as the broker sees it, exclusive queues included, which over AMQP only their own
 * connection can see. Everything that existed when a method was called is in its answer: `queues`,
 * `bindings` and `exchanges` are answered at once, the others when RabbitMQ's statistics have caught up, which takes up
 * to 1 s on a node of ours and 5 s on another.
 */
export interface Topology {
  queues(): Promise<QueueSeen[]>;
  /** Those of one queue, or of all; without the one that every queue has with the default exchange. */
  bindings(queue?: string): Promise<BindingSeen[]>;
  exchanges(): Promise<ExchangeSeen[]>;
  connections(): Promise<ConnectionSeen[]>;
  channels(): Promise<ChannelSeen[]>;
  consumers(): Promise<ConsumerSeen[]>;
}

const fieldTable = z.record(z.string(), z.unknown());

const queueSeen = z
  .object({
    name: z.string(),
    type: z.string(),
    durable: z.boolean(),
    // Null of a quorum queue, which cannot be.
    exclusive: z.boolean().nullable(),
    auto_delete: z.boolean(),
    arguments: fieldTable,
    messages_ready: z.number().default(0),
    messages_unacknowledged: z.number().default(0),
  })
  .transform(({ auto_delete, exclusive, messages_ready, messages_unacknowledged, ...queue }) => ({
    ...queue,
    exclusive: exclusive ?? false,
    autoDelete: auto_delete,
    messagesReady: messages_ready,
    messagesUnacknowledged: messages_unacknowledged,
  }));

const bindingSeen = z
  .object({
    source: z.string(),
    destination: z.string(),
    destination_type: z.enum(["queue", "exchange"]),
    routing_key: z.string(),
    arguments: fieldTable,
  })
  .transform(({ destination_type, routing_key, ...binding }) => ({
    ...binding,
    destinationType: destination_type,
    routingKey: routing_key,
  }));

const exchangeSeen = z.object({ name: z.string(), type: z.string() });

const connectionSeen = z
  .object({ name: z.string(), user: z.string(), client_properties: fieldTable })
  .transform(({ client_properties, ...connection }) => ({
    /** The broker's name for it, as channels and consumers have it. */
    ...connection,
    clientProperties: client_properties,
  }));

const channelSeen = z
  .object({
    number: z.number(),
    connection_details: z.object({ name: z.string() }),
  })
  .transform(({ number, connection_details }) => ({
    number,
    connectionName: connection_details.name,
  }));

/** RabbitMQ 3.10 lists the consumer of a stream that was deleted for minutes, without a channel. */
const consumerOfAChannel = z.looseObject({ channel_details: z.looseObject({}) });

const consumerSeen = z
  .object({
    consumer_tag: z.string(),
    queue: z.object({ name: z.string() }),
    ack_required: z.boolean(),
    prefetch_count: z.number(),
    channel_details: z.object({ number: z.number(), connection_name: z.string() }),
  })
  .transform((consumer) => ({
    consumerTag: consumer.consumer_tag,
    queue: consumer.queue.name,
    ackRequired: consumer.ack_required,
    prefetch: consumer.prefetch_count,
    channelNumber: consumer.channel_details.number,
    connectionName: consumer.channel_details.connection_name,
  }));

export type QueueSeen = z.infer<typeof queueSeen>;
export type BindingSeen = z.infer<typeof bindingSeen>;
export type ExchangeSeen = z.infer<typeof exchangeSeen>;
export type ConnectionSeen = z.infer<typeof connectionSeen>;
export type ChannelSeen = z.infer<typeof channelSeen>;
export type ConsumerSeen = z.infer<typeof consumerSeen>;

/** Looks at the virtual host that `rabbitMq.amqpUrl` names. */
export function topologyOf(rabbitMq: RabbitMq): Topology {
  const virtualHost = encodeURIComponent(virtualHostOf(rabbitMq.amqpUrl));

  async function list<Seen>(path: string, row: z.ZodType<Seen>): Promise<Seen[]> {
    return z.array(row).parse(await rabbitMq.management(path));
  }

  const connections = () => list(`/api/vhosts/${virtualHost}/connections`, connectionSeen);

  /**
   * Statistics lag behind, so their silence proves nothing: asks until they show a connection, channel and
   * consumer made after the call. The collector takes all that is new of one kind at once.
   */
  async function caughtUp<Seen>(
    rows: () => Promise<Seen[]>,
    connectionOf: (row: Seen) => string,
  ): Promise<Seen[]> {
    const marker = await openMarker(rabbitMq.amqpUrl);
    try {
      return await eventually(
        async () => {
          const markers = (await connections()).filter(isMarker);
          const mine = markers.find((it) => clientName(it) === marker.connectionName);
          const seen = await rows();
          if (mine === undefined || !seen.some((row) => connectionOf(row) === mine.name))
            throw new Error("The statistics of the management API have not caught up");
          const names = new Set(markers.map(({ name }) => name));
          return seen.filter((row) => !names.has(connectionOf(row)));
        },
        { timeoutMs: 15_000, intervalMs: 50 },
      );
    } finally {
      await marker.close();
    }
  }

  return {
    async queues() {
      const path = `/api/queues/${virtualHost}?disable_stats=true&enable_queue_totals=true`;
      return (await list(path, queueSeen)).filter(({ name }) => !name.startsWith(MARKER));
    },
    async bindings(queue) {
      const seen = await list(`/api/bindings/${virtualHost}`, bindingSeen);
      return seen.filter(
        ({ source, destination, destinationType }) =>
          source !== "" &&
          (queue === undefined || (destinationType === "queue" && destination === queue)),
      );
    },
    exchanges: () => list(`/api/exchanges/${virtualHost}`, exchangeSeen),
    connections: () => caughtUp(connections, ({ name }) => name),
    channels: () =>
      caughtUp(
        () => list(`/api/vhosts/${virtualHost}/channels`, channelSeen),
        ({ connectionName }) => connectionName,
      ),
    consumers: () =>
      caughtUp(
        async () => {
          const rows = await list(`/api/consumers/${virtualHost}`, z.unknown());
          const ofChannels = rows.filter((row) => consumerOfAChannel.safeParse(row).success);
          return z.array(consumerSeen).parse(ofChannels);
        },
        ({ connectionName }) => connectionName,
      ),
  };
}

/** RabbitMQ, "URI Specification": no path is the default virtual host. */
function virtualHostOf(amqpUrl: string): string {
  const { pathname } = new URL(amqpUrl);
  return pathname === "" || pathname === "/" ? "/" : decodeURIComponent(pathname.slice(1));
}

function clientName({ clientProperties }: ConnectionSeen): unknown {
  return clientProperties["connection_name"];
}

function isMarker(connection: ConnectionSeen): boolean {
  return String(clientName(connection)).startsWith(MARKER);
}
