import type { Declarations, DeclaringConnection } from "./declarations.ts";

/** `bounded` bounds the wait for each method by itself: to be put around each. */
type Work<T> = (
  channel: Declarations,
  bounded: <A>(answer: Promise<A>) => Promise<A>,
) => Promise<T>;

/**
 * A few channels for declarations and bindings, each doing one piece of work at a time.
 *
 * A refused declaration closes its channel (AMQP 0-9-1 section 4.8, "Channel Errors"). Since nothing
 * else is under way on that channel, only the refused work fails; the next gets a fresh one.
 */
export class SerialChannels {
  readonly #lanes: SerialChannel[];

  constructor(connection: DeclaringConnection, lanes = 4) {
    this.#lanes = Array.from({ length: lanes }, () => new SerialChannel(connection));
  }

  /** Does `work` when its turn has come, on the channel with the fewest before it. */
  run<T>(work: Work<T>): Promise<T> {
    const shortest = this.#lanes.reduce((best, lane) => (lane.length < best.length ? lane : best));
    return shortest.run(work);
  }
}

class SerialChannel {
  /** Pieces of work waiting or under way. */
  length = 0;
  readonly #connection: DeclaringConnection;
  #channel?: Declarations | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: DeclaringConnection) {
    this.#connection = connection;
  }

  run<T>(work: Work<T>): Promise<T> {
    this.length++;
    const done = this.#last.then(() => this.#do(work)).finally(() => this.length--);
    this.#last = done.catch(() => {});
    return done;
  }

  async #do<T>(work: Work<T>): Promise<T> {
    if (!this.#channel || this.#channel.closed)
      this.#channel = await this.#connection.openChannel();
    return await work(this.#channel, (answer) => this.#connection.rpc(answer, "a declaration"));
  }
}
