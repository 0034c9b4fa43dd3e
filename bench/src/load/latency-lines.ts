import { connect } from "amqplib";
import { benchBody, numberIn, ROUTING_KEY } from "../wire/bench-message.ts";
import { publishInput, publishOf } from "../wire/operations.ts";
import { HttpClient, jsonPost } from "./http-client.ts";
import { subscribeToNumbers } from "./number-subscriber.ts";

export interface LineOptions {
  readonly amqpUrl: string;
  readonly exchange: string;
  readonly bodyBytes: number;
  /** Where the GraphQL server is that is in between; undefined: AMQP, and nothing but the broker. */
  readonly server: { readonly port: number; readonly path: string } | undefined;
}

export interface LineListener {
  /** The message of that number has reached the subscriber. */
  arrived(number: number): void;
  failed(why: Error): void;
}

/** A publisher and one subscriber that is live. */
export interface Line {
  publish(number: number): void;
  close(): Promise<void>;
}

export function openLine(options: LineOptions, listener: LineListener): Promise<Line> {
  return options.server
    ? throughServer(options, options.server, listener)
    : throughBroker(options, listener);
}

async function throughBroker(
  { amqpUrl, exchange, bodyBytes }: LineOptions,
  listener: LineListener,
): Promise<Line> {
  const [publisher, subscriber] = await Promise.all([
    connect(amqpUrl, { noDelay: true }),
    connect(amqpUrl, { noDelay: true }),
  ]);
  const publishing = await publisher.createChannel();
  const consuming = await subscriber.createChannel();
  await publishing.assertExchange(exchange, "topic", { durable: false });
  const { queue } = await consuming.assertQueue("", { exclusive: true, durable: false });
  await consuming.bindQueue(queue, exchange, "#");
  await consuming.consume(
    queue,
    (message) => {
      const number = message && numberIn(message.content.toString());
      if (typeof number === "number") listener.arrived(number);
    },
    { noAck: true },
  );
  return {
    publish: (number) => {
      publishing.publish(exchange, ROUTING_KEY, benchBody(bodyBytes, number));
    },
    close: async () => {
      await publisher.close();
      await subscriber.close();
    },
  };
}

/** HTTP in, WebSocket out. */
async function throughServer(
  { amqpUrl, exchange, bodyBytes }: LineOptions,
  server: { readonly port: number; readonly path: string },
  listener: LineListener,
): Promise<Line> {
  const broker = await connect(amqpUrl, { noDelay: true });
  const channel = await broker.createChannel();
  await channel.assertExchange(exchange, "topic", { durable: false });
  const publisher = new HttpClient(server.port);
  await publisher.opened();
  const subscriber = await subscribeToNumbers({ ...server, exchange }, listener, (body) => {
    channel.publish(exchange, ROUTING_KEY, body);
  });
  let last: Promise<unknown> = Promise.resolve();
  return {
    publish: (number) => {
      const input = publishInput(exchange, ROUTING_KEY, benchBody(bodyBytes, number));
      const bytes = jsonPost(server, publishOf(input));
      // An HTTP connection takes one request at a time: at a low rate the last has long been answered.
      last = last
        .then(() => publisher.request(bytes))
        .catch((error: Error) => listener.failed(error));
    },
    close: async () => {
      await last;
      subscriber.close();
      publisher.close();
      await broker.close();
    },
  };
}
