import { setTimeout as wait } from "node:timers/promises";
import { noConnection } from "../broker-errors.ts";
import type { TapSpec } from "../topology.ts";
import { uniqueId } from "../unique-id.ts";
import type { Overflow } from "./canary-burst.ts";
import type { Consumption, QueueConsumer } from "./consumer-channel.ts";
import type { Consuming } from "./consuming.ts";
import type { RabbitMqOptions } from "./options.ts";
import type { SerialChannels } from "./serial-channels.ts";
import type { Channel } from "./wire/channel.ts";
import { refusedTap, TapBindings, type BindingsFound } from "./tap-bindings.ts";
import { declareTapQueue } from "./tap-queue-declaration.ts";

export interface TapQueueListener extends Pick<QueueConsumer, "delivery"> {
  /** The last call. `untold`: what it has dropped that `overflowed` was not called for. */
  readonly ended: (why: "cancelled" | "channel-closed", untold: Overflow | undefined) => void;
  readonly overflowed: (overflow: Overflow) => void;
}

/** Called while bindings are made sure of, where they have gone or may have; `drained` as {@link TapQueue.bind} says. */
export interface BindingsGone {
  readonly gone: () => void;
  readonly drained: () => void;
}

/** How long bindings wait, at the most, for what is in the queue, and how often is looked. */
const DRAIN_WITHIN_MS = 500;
const LOOK_EVERY_MS = 10;

const WHATEVER_IS_IN_IT = { ifUnused: false, ifEmpty: false };

/** One queue of a tap, from its declaration to its end. */
export class TapQueue {
  ended = false;
  readonly #name: string;
  readonly #consuming: Consuming;
  readonly #spec: TapSpec;
  readonly #options: RabbitMqOptions;
  readonly #listener: TapQueueListener;
  readonly #bindings: TapBindings;
  #consumption?: Consumption;
  #unwatch: () => Overflow | undefined = () => undefined;

  constructor(
    consuming: Consuming,
    spec: TapSpec,
    options: RabbitMqOptions,
    listener: TapQueueListener,
  ) {
    this.#name = `gql.${options.instance}.${uniqueId()}`;
    this.#consuming = consuming;
    this.#spec = spec;
    this.#options = options;
    this.#listener = listener;
    this.#bindings = new TapBindings(this.#name, spec, consuming.lookup);
  }

  /** Declares it, binds it, consumes it. Rejects, with nothing left behind, where any step fails. */
  async open(): Promise<void> {
    const { declarations, consumers, canary, lookup } = this.#consuming;
    lookup.want();
    try {
      await declareTapQueue(this.#name, this.#consuming, this.#options);
      await declarations.run((channel, bounded) => this.#bindings.makeOn(channel, bounded));
      this.#unwatch = canary.watch(this.#name, this.#listener.overflowed);
      const [channel] = await Promise.all([consumers.pick(), canary.settled]);
      this.#consumption = await channel.consume(this.#name, {
        delivery: this.#listener.delivery,
        ended: (why) => {
          this.ended = true;
          this.#listener.ended(why, this.#unwatch());
        },
      });
    } catch (error) {
      this.#unwatch();
      await declarations
        .run((channel, bounded) => bounded(channel.deleteQueue(this.#name, WHATEVER_IS_IN_IT)))
        .catch(() => {});
      throw refusedTap(error, this.#spec);
    }
  }

  /**
   * Makes the bindings again. Rejects with NOT_FOUND where the exchange does not exist. `drained`: what was
   * routed before some of them had gone has been delivered, and what is delivered from now on may have come
   * by those that are made anew.
   */
  async bind(drained: () => void): Promise<void> {
    if (this.ended) throw noConnection();
    const { probing } = this.#consuming;
    try {
      await this.#drained(probing);
    } catch (error) {
      throw refusedTap(error, this.#spec);
    }
    drained();
    await this.#bindings.make(probing);
  }

  /** Makes sure of the bindings for somebody who waits. */
  confirm(hooks: BindingsGone): Promise<BindingsFound> {
    return this.#confirm(this.#consuming.declarations, true, hooks);
  }

  /** Makes sure of the bindings, in its turn. */
  probe(hooks: BindingsGone): Promise<BindingsFound> {
    return this.#confirm(this.#consuming.probing, false, hooks);
  }

  #confirm(
    channels: SerialChannels<Channel>,
    soon: boolean,
    hooks: BindingsGone,
  ): Promise<BindingsFound> {
    const gone = async (): Promise<void> => {
      hooks.gone();
      await this.#drained(channels);
      hooks.drained();
    };
    return this.#bindings.confirm(channels, { soon, gone });
  }

  /**
   * Resolves when what was routed to the queue before this call has been delivered. After a while it
   * resolves all the same, since nothing comes by a binding that is not there.
   */
  async #drained(channels: SerialChannels<Channel>): Promise<void> {
    const from = performance.now();
    for (;;) {
      const { messageCount } = await channels.run((channel, bounded) =>
        bounded(channel.checkQueue(this.#name)),
      );
      await this.#consumption?.flushed();
      if (messageCount === 0 || performance.now() - from > DRAIN_WITHIN_MS) return;
      await wait(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    this.#unwatch();
    // The queue is auto-delete: it goes with its last consumer.
    if (!this.ended) await this.#consumption?.cancel();
  }
}
