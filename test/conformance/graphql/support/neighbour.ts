import { randomUUID } from "node:crypto";
import { connect, type ConfirmChannel } from "amqplib";
import { onTestFinished } from "vitest";
import type { TestGateway } from "../../../harness/gateway.ts";

/** Another user of a gateway's RabbitMQ, over AMQP, until the test is over. */
export class Neighbour {
  readonly channel: ConfirmChannel;

  private constructor(channel: ConfirmChannel) {
    this.channel = channel;
  }

  static async of(gateway: Pick<TestGateway, "rabbitMq">): Promise<Neighbour> {
    if (!gateway.rabbitMq) throw new Error("The gateway has no RabbitMQ of its own");
    const connection = await connect(gateway.rabbitMq.amqpUrl);
    onTestFinished(async () => {
      await connection.close();
    });
    return new Neighbour(await connection.createConfirmChannel());
  }

  /** A new queue; `queueArguments` as AMQP has them. */
  async queue(queueArguments: Record<string, unknown> = {}): Promise<string> {
    const name = `queue-${randomUUID()}`;
    await this.channel.assertQueue(name, { durable: true, arguments: queueArguments });
    return name;
  }

  /** A work queue that dead-letters into a queue of its own. */
  async workQueue(
    queueArguments: Record<string, unknown> = {},
    deadArguments: Record<string, unknown> = {},
  ): Promise<{ work: string; dead: string }> {
    const dead = await this.queue(deadArguments);
    const work = await this.queue({
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": dead,
      ...queueArguments,
    });
    return { work, dead };
  }

  async send(
    queue: string,
    body: string,
    options: Parameters<ConfirmChannel["publish"]>[3] = {},
  ): Promise<void> {
    this.channel.publish("", queue, Buffer.from(body), { persistent: true, ...options });
    await this.channel.waitForConfirms();
  }

  /** Takes what is next off the queue, and rejects it. */
  async reject(queue: string): Promise<void> {
    const message = await this.channel.get(queue);
    if (!message) throw new Error(`${queue} is empty`);
    this.channel.nack(message, false, false);
    // The broker reads in order: when it answers, it has read the rejection.
    await this.channel.checkQueue(queue);
  }

  /** Takes everything off the queue: the bodies, with a star where the message is redelivered. */
  async take(queue: string): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const message = await this.channel.get(queue, { noAck: true });
      if (!message) return bodies;
      bodies.push(message.content.toString() + (message.fields.redelivered ? "*" : ""));
    }
  }
}
