import {
  exchangeInUse,
  exchangeNotFound,
  internalExchange,
  publishRefused,
  queueInUse,
  queueLocked,
  queueNotEmpty,
  queueNotFound,
  reservedName,
} from "../broker-errors.ts";
import type { IncomingMessage, OutgoingMessage } from "../message.ts";
import { isReservedName } from "../reserved-name.ts";
import type { Binding, ExchangeSpec, QueueSpec } from "../topology.ts";
import { Bindings } from "./bindings.ts";
import type { BrokerSnapshot } from "./broker-snapshot.ts";
import { Exchange } from "./exchange.ts";
import { ExchangeWatchers, type ExchangeWatcher } from "./exchange-watchers.ts";
import { PREDECLARED_EXCHANGES } from "./predeclared-exchanges.ts";
import { DeadLetters } from "./queue/dead-letters.ts";
import { Queue } from "./queue/queue.ts";
import { ReplyInboxes, type ReplyInbox } from "./reply-inboxes.ts";
import { route } from "./route.ts";
import { routingOf, storeMessage, type Routing } from "./stored-message.ts";
import type { TapConsumer } from "./tap-consumer.ts";

/**
 * A broker in this process: one virtual host with its exchanges, queues and bindings, in memory only.
 * It behaves as RabbitMQ 3.10 does, and throws a CodedError where that would refuse. Adapters of
 * several gateways may share one; each method takes effect before it returns.
 */
export class EmbeddedBroker {
  readonly #exchanges = new Map<string, Exchange>();
  readonly #queues = new Map<string, Queue>();
  readonly #bindings = new Bindings((exchange) => this.#removeExchange(exchange));
  readonly #watchers = new ExchangeWatchers();
  readonly #replies = new ReplyInboxes();
  readonly #surroundings = {
    deadLetters: new DeadLetters((message) => {
      const exchange = this.#exchanges.get(message.exchange);
      return exchange ? this.#route(exchange, message) : [];
    }),
    onUnused: (queue: Queue) => this.#removeQueue(queue),
  };

  constructor() {
    for (const spec of PREDECLARED_EXCHANGES) this.#exchanges.set(spec.name, new Exchange(spec));
  }

  declareExchange(spec: ExchangeSpec): void {
    if (spec.name === "") throw reservedName(spec.name);
    const existing = this.#exchanges.get(spec.name);
    if (existing) {
      existing.mustEqual(spec);
      return;
    }
    if (isReservedName(spec.name)) throw reservedName(spec.name);
    this.#exchanges.set(spec.name, new Exchange(spec));
    this.#watchers.declared(spec.name);
  }

  /** Tells `watcher` what becomes of the exchange, until the returned function is called. */
  watchExchange(name: string, watcher: ExchangeWatcher): () => void {
    return this.#watchers.add(name, watcher);
  }

  /** False where there was none. Bindings with it as their destination do not count as use. */
  deleteExchange(name: string, { ifUnused }: { ifUnused: boolean }): boolean {
    if (isReservedName(name)) throw reservedName(name);
    const exchange = this.#exchanges.get(name);
    if (!exchange) return false;
    if (ifUnused && exchange.outgoing.size > 0) throw exchangeInUse(name);
    this.#removeExchange(exchange);
    return true;
  }

  declareQueue(spec: QueueSpec): Queue {
    const existing = this.#queues.get(spec.name);
    if (existing) {
      mustBeShared(existing);
      existing.mustEqual(spec);
      existing.used();
      return existing;
    }
    if (isReservedName(spec.name)) throw reservedName(spec.name);
    return this.#addQueue(new Queue(spec, { exclusive: false, ...this.#surroundings }));
  }

  /** The number of messages deleted with it, 0 where there was none. */
  deleteQueue(
    name: string,
    { ifUnused, ifEmpty }: { ifUnused: boolean; ifEmpty: boolean },
  ): number {
    const queue = this.#queues.get(name);
    if (!queue) return 0;
    mustBeShared(queue);
    const { messagesReady, consumers } = queue;
    if (ifUnused && consumers > 0) throw queueInUse(name);
    if (ifEmpty && messagesReady > 0) throw queueNotEmpty(name);
    this.#removeQueue(queue);
    return messagesReady;
  }

  bind(binding: Binding): void {
    mustNotBeDefault(binding);
    const source = this.#exchange(binding.source);
    const destination = this.#destination(binding);
    if (!destination && binding.destinationType === "queue")
      throw queueNotFound(binding.destination);
    if (!destination) throw exchangeNotFound(binding.destination);
    if (destination instanceof Queue) mustBeShared(destination);
    this.#bindings.add(binding, source, destination);
  }

  unbind(binding: Binding): void {
    mustNotBeDefault(binding);
    const source = this.#exchanges.get(binding.source);
    const destination = this.#destination(binding);
    if (destination instanceof Queue) mustBeShared(destination);
    if (source && destination) this.#bindings.remove(binding, source);
  }

  /** Whether it was for any queue. PUBLISH_REFUSED where one is full and refuses it; others have it all the same. */
  publish(message: OutgoingMessage): boolean {
    const exchange = this.#exchange(message.exchange);
    if (exchange.spec.internal) throw internalExchange(message.exchange);
    const routing = routingOf(message);
    const queues = this.#route(exchange, routing);
    if (exchange.name === "")
      this.#replies.take(routing.routingKeys, () => storeMessage(message, routing));
    if (queues.size === 0) return false;
    const stored = storeMessage(message, routing);
    let refused = false;
    for (const queue of queues) if (!queue.add(stored)) refused = true;
    if (refused) throw publishRefused(message.properties.messageId);
    return true;
  }

  /** A queue to be consumed, read, counted or purged. */
  queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (!queue) throw queueNotFound(name);
    mustBeShared(queue);
    return queue;
  }

  /** Where replies come, until it is closed. */
  openReplyInbox(onReply: (reply: IncomingMessage) => void): ReplyInbox {
    return this.#replies.open(onReply);
  }

  /**
   * An exclusive, auto-delete queue with a binding for each of `bindings` and one consumer, all of it
   * or, where a binding is refused, nothing. Returns what takes it all away again.
   */
  openExclusive(spec: QueueSpec, bindings: readonly Binding[], consumer: TapConsumer): () => void {
    for (const binding of bindings) mustNotBeDefault(binding);
    const sources = bindings.map((binding) => this.#exchange(binding.source));
    const queue = this.#addQueue(new Queue(spec, { exclusive: true, ...this.#surroundings }));
    const remove = (): void => {
      consumer.cancel();
      this.#removeQueue(queue);
    };
    try {
      for (const [place, source] of sources.entries()) {
        const binding = bindings[place];
        if (binding) this.#bindings.add(binding, source, queue);
      }
    } catch (error) {
      remove();
      throw error;
    }
    queue.consume(consumer);
    return remove;
  }

  /** Makes bindings of an exclusive queue again, where they have gone. */
  bindExclusive(queue: string, bindings: readonly Binding[]): void {
    const destination = this.#queues.get(queue);
    if (!destination) throw queueNotFound(queue);
    for (const binding of bindings)
      this.#bindings.add(binding, this.#exchange(binding.source), destination);
  }

  snapshot(): BrokerSnapshot {
    return {
      exchanges: [...this.#exchanges.values()].map(({ spec }) => spec).toSorted(byName),
      queues: [...this.#queues.values()].map(snapshotOf).toSorted(byName),
      bindings: [...this.#exchanges.values()].flatMap(({ outgoing }) =>
        [...outgoing.values()].map(({ binding }) => binding),
      ),
    };
  }

  #route(exchange: Exchange, routing: Routing): Set<Queue> {
    if (exchange.name !== "") return route(exchange, routing, (name) => this.#exchanges.get(name));
    const named = routing.routingKeys.map((key) => this.#queues.get(key));
    return new Set(named.filter((queue) => queue !== undefined));
  }

  #exchange(name: string): Exchange {
    const exchange = this.#exchanges.get(name);
    if (!exchange) throw exchangeNotFound(name);
    return exchange;
  }

  #destination({ destination, destinationType }: Binding): Exchange | Queue | undefined {
    return (destinationType === "queue" ? this.#queues : this.#exchanges).get(destination);
  }

  #addQueue(queue: Queue): Queue {
    this.#queues.set(queue.name, queue);
    return queue;
  }

  #removeQueue(queue: Queue): void {
    if (this.#queues.get(queue.name) !== queue) return;
    this.#queues.delete(queue.name);
    this.#bindings.removeAll(queue.incoming);
    queue.end();
  }

  #removeExchange(exchange: Exchange): void {
    if (!this.#exchanges.delete(exchange.name)) return;
    this.#bindings.removeAll([...exchange.outgoing.values(), ...exchange.incoming]);
    this.#watchers.deleted(exchange.name);
  }
}

function mustBeShared(queue: Queue): void {
  if (queue.exclusive) throw queueLocked(queue.name);
}

function mustNotBeDefault({ source, destination, destinationType }: Binding): void {
  if (source === "" || (destinationType === "exchange" && destination === ""))
    throw reservedName("");
}

function snapshotOf({
  spec,
  exclusive,
  messagesReady,
  messagesUnacknowledged,
  consumers,
}: Queue): BrokerSnapshot["queues"][number] {
  return { ...spec, exclusive, messagesReady, messagesUnacknowledged, consumers };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
