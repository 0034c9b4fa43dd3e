import type { Tap, TapListener } from "../adapter.ts";
import { CodedError } from "../../errors.ts";
import { brokerClosed, exchangeNotFound } from "../broker-errors.ts";
import { fieldTable } from "../field-table.ts";
import type { Binding, QueueSpec, TapSpec } from "../topology.ts";
import type { EmbeddedBroker } from "./embedded-broker.ts";
import type { ExchangeWatcher } from "./exchange-watchers.ts";
import { nextTurn } from "./next-turn.ts";
import { TapConsumer } from "./tap-consumer.ts";

/** Bounds of a tap's queue: messages, and bytes of their bodies. */
export interface TapBounds {
  readonly maxLength: number;
  readonly maxLengthBytes: number;
}

/** This broker knows at once when an exchange goes and comes, and so does the tap. */
export class EmbeddedTap implements Tap, ExchangeWatcher {
  readonly #exchange: string;
  readonly #listener: TapListener;
  readonly #remove: () => void;
  readonly #bind: () => void;
  readonly #unwatch: () => void;
  readonly #onClosed: () => void;
  #open = true;
  #live = false;
  /** Since when its bindings have been gone, while they are. */
  #unboundSince: Date | undefined;

  /** Bound and consuming at once. Throws, with nothing left behind, where the exchange does not exist. */
  constructor(
    broker: EmbeddedBroker,
    spec: TapSpec,
    listener: TapListener,
    options: { queue: string; bounds: TapBounds; onClosed: () => void },
  ) {
    this.#exchange = spec.exchange;
    this.#listener = listener;
    this.#onClosed = options.onClosed;
    const queue = queueOf(options.queue, options.bounds);
    const consumer = new TapConsumer((message) => listener.delivery(message));
    const bindings = bindingsOf(options.queue, spec);
    this.#remove = broker.openExclusive(queue, bindings, consumer);
    this.#bind = () => broker.bindExclusive(options.queue, bindings);
    this.#unwatch = broker.watchExchange(spec.exchange, this);
  }

  exchangeDeleted(): void {
    if (!this.#open || this.#unboundSince) return;
    this.#unboundSince = new Date();
    if (this.#live) this.#listener.interrupted(exchangeNotFound(this.#exchange));
  }

  exchangeDeclared(): void {
    const from = this.#unboundSince;
    if (!this.#open || !from) return;
    try {
      this.#bind();
    } catch (error) {
      // It is of another type now, which takes no such bindings.
      if (this.#live && error instanceof CodedError) this.#listener.interrupted(error);
      return;
    }
    this.#unboundSince = undefined;
    if (this.#live) this.#listener.gap({ cause: "binding-lost", from, until: new Date() });
  }

  async confirm(): Promise<void> {
    await nextTurn();
    if (!this.#open) throw brokerClosed();
    this.#bind();
  }

  /** Throws, with nothing left behind, where the adapter was closed or the exchange deleted before it came to this. */
  goLive(): void {
    if (!this.#open) throw brokerClosed();
    if (this.#unboundSince) {
      this.#takeDown();
      throw exchangeNotFound(this.#exchange);
    }
    this.#live = true;
    this.#listener.live(new Date());
  }

  async close(): Promise<void> {
    this.#takeDown();
    await nextTurn();
  }

  /** The adapter is closing: the listener is told that this was all. */
  end(): void {
    if (this.#takeDown() && this.#live) this.#listener.ended(brokerClosed());
  }

  #takeDown(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    if (wasOpen) {
      this.#unwatch();
      this.#remove();
      this.#onClosed();
    }
    return wasOpen;
  }
}

function queueOf(name: string, { maxLength, maxLengthBytes }: TapBounds): QueueSpec {
  return {
    name,
    type: "classic",
    durable: false,
    autoDelete: true,
    arguments: fieldTable({
      "x-queue-type": "classic",
      "x-max-length": maxLength,
      "x-max-length-bytes": maxLengthBytes,
      "x-overflow": "drop-head",
    }),
  };
}

function bindingsOf(queue: string, { exchange, routingPatterns, headers }: TapSpec): Binding[] {
  const bindingArguments = headers
    ? fieldTable({ ...headers.values, "x-match": headers.match })
    : fieldTable();
  return routingPatterns.map((routingKey) => ({
    source: exchange,
    destination: queue,
    destinationType: "queue",
    routingKey,
    arguments: bindingArguments,
  }));
}
