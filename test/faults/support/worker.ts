import { ProtocolSocket } from "../../conformance/graphql/support/protocol-socket.ts";
import { nextDelivery, work } from "../../conformance/graphql/support/work.ts";
import { eventually } from "../../harness/eventually.ts";
import type { WorkBooks } from "../../harness/work-books.ts";

export interface WorkerSetup {
  readonly queue: string;
  readonly books: WorkBooks;
  /** Where the gateway is now. */
  readonly wsUrl: () => string;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
}

const ACK = "mutation ($id: ID!) { ack(deliveryIds: [$id]) }";
const RETRY =
  "mutation ($id: ID!, $delayMs: Int!) { retry(deliveryIds: [$id], delayMs: $delayMs) }";

/**
 * Works through a queue as the books have decided: what is to be dead is tried again until it is, and everything
 * else is done. Comes back whenever its socket or its subscription has ended, until it is stopped.
 */
export class Worker {
  readonly #setup: WorkerSetup;
  #socket: ProtocolSocket | undefined;
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#running = this.#run();
  }

  /** Dies, and is there again. */
  kill(): void {
    this.#socket?.socket.terminate();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.kill();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) await this.#live().catch(() => {});
  }

  async #live(): Promise<void> {
    const { queue, maxAttempts, wsUrl } = this.#setup;
    const socket = await eventually(() => ProtocolSocket.open(wsUrl()), {
      timeoutMs: 60_000,
      intervalMs: 50,
    });
    this.#socket = socket;
    try {
      const operation = work(socket, queue, { prefetch: 5, maxAttempts });
      while (!this.#isStopped) await this.#handle(socket, await nextDelivery(operation));
    } finally {
      socket.socket.terminate();
    }
  }

  async #handle(
    socket: ProtocolSocket,
    { id, message }: Awaited<ReturnType<typeof nextDelivery>>,
  ): Promise<void> {
    const { books, retryDelayMs: delayMs } = this.#setup;
    const messageId = String(message.properties["messageId"]);
    books.handedOut(messageId);
    if (books.decisionOf(messageId) === "dead") {
      await socket.execute(RETRY, { id, delayMs });
      return;
    }
    books.done(messageId);
    await socket.execute(ACK, { id });
  }
}
