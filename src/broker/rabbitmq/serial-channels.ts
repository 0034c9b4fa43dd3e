/** A connection, by whichever client, that channels are opened on. */
export interface ChannelSource<Channel> {
  /** `onClosed` is called once the channel is closed, by whomever. */
  openChannel(onClosed: () => void): Promise<Channel>;
  /** Bounds the wait for one AMQP method; a broker that misses it is given up on, connection and all. */
  rpc<T>(answer: Promise<T>, what: string): Promise<T>;
}

/** `bounded` bounds the wait for each method by itself: to be put around each. */
type Work<Channel, T> = (
  channel: Channel,
  bounded: <A>(answer: Promise<A>) => Promise<A>,
) => Promise<T>;

/**
 * A few channels for declarations and bindings, each doing one piece of work at a time.
 *
 * A refused declaration closes its channel (AMQP 0-9-1 section 4.8, "Channel Errors"). Since nothing
 * else is under way on that channel, only the refused work fails; the next gets a fresh one.
 */
export class SerialChannels<Channel> {
  readonly #lanes: SerialChannel<Channel>[];

  constructor(connection: ChannelSource<Channel>, lanes = 4) {
    this.#lanes = Array.from({ length: lanes }, () => new SerialChannel(connection));
  }

  /** Does `work` when its turn has come, on the channel with the fewest before it. */
  run<T>(work: Work<Channel, T>): Promise<T> {
    const shortest = this.#lanes.reduce((best, lane) => (lane.length < best.length ? lane : best));
    return shortest.run(work);
  }
}

class SerialChannel<Channel> {
  /** Pieces of work waiting or under way. */
  length = 0;
  readonly #connection: ChannelSource<Channel>;
  #channel?: Channel | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: ChannelSource<Channel>) {
    this.#connection = connection;
  }

  run<T>(work: Work<Channel, T>): Promise<T> {
    this.length++;
    const done = this.#last.then(() => this.#do(work)).finally(() => this.length--);
    this.#last = done.catch(() => {});
    return done;
  }

  async #do<T>(work: Work<Channel, T>): Promise<T> {
    this.#channel ??= await this.#connection.openChannel(() => (this.#channel = undefined));
    return await work(this.#channel, (answer) => this.#connection.rpc(answer, "a declaration"));
  }
}
