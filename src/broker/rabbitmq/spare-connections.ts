import { CodedError } from "../../errors.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";

/** One that nobody has used for so long is closed: people look again soon, or not for long. */
const IDLE_MS = 10_000;

/**
 * Connections for one user each. What a stream is read with, for one, makes the broker close the connection
 * (540), and nothing tells a stream from a queue before: so only whoever asked is to be hit.
 */
export class SpareConnections {
  readonly #dial: (signal: AbortSignal) => Promise<AmqpConnection>;
  readonly #most: number;
  readonly #idle = new Map<AmqpConnection, NodeJS.Timeout>();
  readonly #lent = new Set<AmqpConnection>();
  readonly #closing = new AbortController();
  #dialling = 0;

  /** `most` connections are lent at once; past it there is BUSY. */
  constructor(dial: (signal: AbortSignal) => Promise<AmqpConnection>, most: number) {
    this.#dial = dial;
    this.#most = most;
  }

  /** One that is the caller's alone until it is given back. Rejects where none can be had. */
  async borrow(): Promise<AmqpConnection> {
    const [connection] = this.#idle.keys();
    if (connection) {
      this.#forget(connection);
      this.#lent.add(connection);
      return connection;
    }
    if (this.#lent.size + this.#dialling >= this.#most)
      throw new CodedError(
        "BUSY",
        `${this.#most} queues are being read or purged already; try again in a moment`,
      );
    this.#dialling++;
    try {
      const dialled = await this.#dial(this.#closing.signal);
      void dialled.ended.then(() => this.#forget(dialled));
      if (this.#closing.signal.aborted) await dialled.close();
      this.#lent.add(dialled);
      return dialled;
    } finally {
      this.#dialling--;
    }
  }

  giveBack(connection: AmqpConnection): void {
    if (!this.#lent.delete(connection)) return;
    const timer = setTimeout(() => this.#retire(connection), IDLE_MS).unref();
    this.#idle.set(connection, timer);
  }

  /** Ends every connection, lent ones too. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    const all = [...this.#idle.keys(), ...this.#lent];
    for (const connection of all) this.#forget(connection);
    await Promise.all(all.map((connection) => connection.close()));
  }

  #retire(connection: AmqpConnection): void {
    this.#forget(connection);
    void connection.close();
  }

  #forget(connection: AmqpConnection): void {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    this.#lent.delete(connection);
  }
}
