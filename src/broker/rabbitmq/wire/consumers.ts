import type { Delivery } from "./delivery.ts";

/** What becomes of a consumer that a channel has. */
export interface ChannelConsumer {
  delivery(delivery: Delivery): void;
  /** By the broker (RabbitMQ, "Consumer Cancel Notification"): nothing more comes. */
  cancelled(): void;
}

let tags = 0;

/**
 * A tag that no other consumer of this process has, on whichever channel: what is late for one is never taken to be
 * for another. Every delivery carries it, so it is short.
 */
export function newConsumerTag(): string {
  return (tags++).toString(36);
}

/** The consumers of a channel by their tags (AMQP 0-9-1 section 1.8.3.3). */
export class Consumers {
  readonly #byTag = new Map<string, ChannelConsumer>();
  /** Of whom the last delivery was: so is the next, most often, and its tag need not be made a string of. */
  #latest: { readonly tag: Buffer; readonly consumer: ChannelConsumer } | undefined;

  add(tag: string, consumer: ChannelConsumer): void {
    this.#byTag.set(tag, consumer);
    this.#latest = undefined;
  }

  /** The one that was there. */
  remove(tag: string): ChannelConsumer | undefined {
    const consumer = this.#byTag.get(tag);
    this.#byTag.delete(tag);
    this.#latest = undefined;
    return consumer;
  }

  clear(): void {
    this.#byTag.clear();
    this.#latest = undefined;
  }

  /** Whose tag these bytes are, from `start` to before `end`; undefined where it is nobody's. */
  at(bytes: Buffer, start: number, end: number): ChannelConsumer | undefined {
    const latest = this.#latest;
    if (latest && isAt(latest.tag, bytes, start, end)) return latest.consumer;
    const tag = bytes.toString("utf8", start, end);
    const consumer = this.#byTag.get(tag);
    if (!consumer) return undefined;
    this.#latest = { tag: Buffer.from(bytes.subarray(start, end)), consumer };
    return consumer;
  }
}

function isAt(tag: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== tag.length) return false;
  for (let place = 0; place < tag.length; place++)
    if (tag[place] !== bytes[start + place]) return false;
  return true;
}
