import { onTestFinished } from "vitest";
import type { TestGateway } from "../../../harness/gateway.ts";
import { eventually } from "../../../harness/eventually.ts";
import { ProtocolSocket } from "./protocol-socket.ts";
import { published } from "./user.ts";
import { declaredQueue, nextDelivery, readyIn, settled, work } from "./work.ts";

/** Somebody else with queues, over GraphQL, until the test is over: on whichever broker. */
export class QueueUser {
  readonly #gateway: TestGateway;
  readonly #socket: ProtocolSocket;

  private constructor(gateway: TestGateway, socket: ProtocolSocket) {
    this.#gateway = gateway;
    this.#socket = socket;
  }

  static async of(gateway: TestGateway): Promise<QueueUser> {
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    onTestFinished(() => socket.close());
    return new QueueUser(gateway, socket);
  }

  /** A new queue; `queueArguments` as AMQP has them. */
  async queue(queueArguments: Record<string, unknown> = {}): Promise<string> {
    return await declaredQueue(this.#gateway, queueArguments);
  }

  /** A work queue that dead-letters into a queue of its own. */
  async workQueue(
    queueArguments: Record<string, unknown> = {},
  ): Promise<{ work: string; dead: string }> {
    const dead = await this.queue();
    const deadLetters = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead };
    return { work: await this.queue({ ...deadLetters, ...queueArguments }), dead };
  }

  async send(queue: string, text: string, properties: Record<string, unknown> = {}): Promise<void> {
    await published(this.#gateway, { exchange: "", routingKey: queue, body: { text }, properties });
  }

  /** Messages that wait in it. */
  async ready(queue: string): Promise<number> {
    return await readyIn(this.#gateway, queue);
  }

  async arrived(queue: string, count: number): Promise<void> {
    await eventually(async () => {
      const ready = await this.ready(queue);
      if (ready !== count) throw new Error(`${ready} messages wait, not ${count}`);
    });
  }

  /** Takes what is next off the queue, and rejects it. */
  async reject(queue: string): Promise<void> {
    await this.#each(queue, 1, "nack");
  }

  /** Takes everything off the queue: the bodies, with a star where the message is redelivered. */
  async take(queue: string): Promise<string[]> {
    return await this.#each(queue, await this.ready(queue), "ack");
  }

  async #each(queue: string, count: number, how: "ack" | "nack"): Promise<string[]> {
    const bodies: string[] = [];
    const operation = work(this.#socket, queue, { prefetch: 1 });
    while (bodies.length < count) {
      const { id, message } = await nextDelivery(operation);
      bodies.push(message.text + (message.redelivered ? "*" : ""));
      await settled(this.#gateway, how, [id]);
    }
    operation.complete();
    return bodies;
  }
}
