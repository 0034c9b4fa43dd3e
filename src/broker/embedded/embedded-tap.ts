import type { Tap, TapListener } from "../adapter.ts";
import { brokerClosed } from "../broker-errors.ts";
import { fieldTable } from "../field-table.ts";
import type { Binding, QueueSpec, TapSpec } from "../topology.ts";
import { Consumer } from "./consumer.ts";
import type { EmbeddedBroker } from "./embedded-broker.ts";
import { nextTurn } from "./next-turn.ts";

/** Bounds of a tap's queue: messages, and bytes of their bodies. */
export interface TapBounds {
  readonly maxLength: number;
  readonly maxLengthBytes: number;
}

export class EmbeddedTap implements Tap {
  readonly #listener: TapListener;
  readonly #remove: () => void;
  readonly #bind: () => void;
  readonly #onClosed: () => void;
  #open = true;
  #live = false;

  /** Bound and consuming at once. Throws, with nothing left behind, where the exchange does not exist. */
  constructor(
    broker: EmbeddedBroker,
    spec: TapSpec,
    listener: TapListener,
    options: { queue: string; bounds: TapBounds; onClosed: () => void },
  ) {
    this.#listener = listener;
    this.#onClosed = options.onClosed;
    const queue = queueOf(options.queue, options.bounds);
    const consumer = new Consumer((message) => listener.delivery(message));
    const bindings = bindingsOf(options.queue, spec);
    this.#remove = broker.openExclusive(queue, bindings, consumer);
    this.#bind = () => broker.bindExclusive(options.queue, bindings);
  }

  async confirm(): Promise<void> {
    await nextTurn();
    if (!this.#open) throw brokerClosed();
    this.#bind();
  }

  /** Throws where the adapter was closed before it came to this. */
  goLive(): void {
    if (!this.#open) throw brokerClosed();
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
