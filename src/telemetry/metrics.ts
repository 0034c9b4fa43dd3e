import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { processMetrics } from "./process-metrics.ts";

/** What is there now; asked for whenever somebody reads the metrics. */
export interface Readings {
  connections(): readonly ConnectionReading[];
  taps(): number;
  work(): { readonly deliveries: number; readonly subscriptions: number };
  sockets(): number;
  operations(): number;
}

export interface ConnectionReading {
  readonly name: string;
  readonly state: string;
  /** How often it has been opened. */
  readonly opened: number;
}

/** In seconds: a confirm takes a fraction of a millisecond on loopback, and seconds from a broker in trouble. */
const PUBLISH_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15,
];

/**
 * What a gateway has done and how it is, for Prometheus. One for each gateway; what belongs to the
 * process (memory, event loop, file descriptors) is told with each.
 */
export class Metrics {
  readonly #registry = new Registry();
  #read: () => void = () => {};

  readonly #publishes = new Counter({
    name: "rabbitql_publishes_total",
    help: "Messages that clients asked to be published, by outcome: confirmed, unroutable, or an error's code.",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });
  /** Counted here and told when somebody reads: prom-client takes longer to find a label than to count. */
  readonly #outcomes = new Map<string, number>();
  readonly #publishSeconds = new Histogram({
    name: "rabbitql_publish_seconds",
    help: "From a publish to its outcome.",
    buckets: PUBLISH_SECONDS,
    registers: [this.#registry],
  });
  readonly received = new Counter({
    name: "rabbitql_messages_received_total",
    help: "Messages that the broker delivered to subscriptions' queues.",
    registers: [this.#registry],
  });
  readonly delivered = new Counter({
    name: "rabbitql_messages_delivered_total",
    help: "Messages handed to subscribers' sockets; one for each subscriber.",
    registers: [this.#registry],
  });
  readonly dropped = new Counter({
    name: "rabbitql_messages_dropped_total",
    help: "Messages that a subscriber did not get, by who dropped them: the gateway for a slow client, or the broker for a slow gateway.",
    labelNames: ["by"],
    registers: [this.#registry],
  });
  readonly gaps = new Counter({
    name: "rabbitql_gaps_total",
    help: "Gaps in the messages of a subscription, by cause.",
    labelNames: ["cause"],
    registers: [this.#registry],
  });

  readonly refused = new Counter({
    name: "rabbitql_refused_total",
    help: "What was refused for being past a limit, by the setting that is the limit.",
    labelNames: ["limit"],
    registers: [this.#registry],
  });

  readonly unauthenticated = new Counter({
    name: "rabbitql_unauthenticated_total",
    help: "Requests and sockets that did not show who is asking: nothing shown, invalid, not to be checked now, or not in time.",
    labelNames: ["refusal"],
    registers: [this.#registry],
  });

  /** A publish has its outcome: "confirmed", "unroutable", or an error's code. `startedAt` is of `performance.now()`. */
  published(outcome: string, startedAt: number): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    this.#publishSeconds.observe((performance.now() - startedAt) / 1000);
  }

  readonly #handedOut = new Counter({
    name: "rabbitql_deliveries_total",
    help: "Deliveries from queues to subscribers of work; again: handed out before.",
    labelNames: ["again"],
    registers: [this.#registry],
  });
  readonly #settled = new Counter({
    name: "rabbitql_deliveries_ended_total",
    help: "Deliveries that are over, by how: acked, requeued, rejected, retried, exhausted (maxAttempts), lease-expired, or returned with their subscription or channel.",
    labelNames: ["how"],
    registers: [this.#registry],
  });

  /** `attempt` is above 1 where it has been handed out before. */
  handedOut(attempt: number): void {
    this.#handedOut.inc({ again: attempt > 1 ? "true" : "false" });
  }

  ended(how: string): void {
    this.#settled.inc({ how });
  }

  /** Live subscriptions. */
  readonly subscribers = new Gauge({
    name: "rabbitql_subscribers",
    help: "Subscriptions that are live.",
    registers: [this.#registry],
  });

  /** Adds what is read, and not counted. */
  watch(readings: Readings): void {
    const taps = this.#gauge(
      "rabbitql_taps",
      "Queues on the broker that subscriptions are fed from.",
    );
    const outstanding = this.#gauge(
      "rabbitql_deliveries_unsettled",
      "Deliveries in the hands of subscribers of work.",
    );
    const workers = this.#gauge(
      "rabbitql_work_subscriptions",
      "Subscriptions to the work of a queue.",
    );
    const sockets = this.#gauge("rabbitql_sockets", "WebSockets that are open.");
    const operations = this.#gauge(
      "rabbitql_operations",
      "Queries and mutations that are under way.",
    );
    const states = this.#gauge(
      "rabbitql_broker_connection",
      "1 for the state that each connection to the broker is in.",
      ["connection", "state"],
    );
    const opened = new Counter({
      name: "rabbitql_broker_connections_opened_total",
      help: "How often each connection to the broker was opened; all but the first are reconnects.",
      labelNames: ["connection"],
      registers: [this.#registry],
    });
    this.#read = () => {
      taps.set(readings.taps());
      const { deliveries, subscriptions } = readings.work();
      outstanding.set(deliveries);
      workers.set(subscriptions);
      sockets.set(readings.sockets());
      operations.set(readings.operations());
      states.reset();
      opened.reset();
      for (const { name, state, opened: times } of readings.connections()) {
        states.set({ connection: name, state }, 1);
        opened.inc({ connection: name }, times);
      }
    };
  }

  readonly contentType = this.#registry.contentType;

  /** In Prometheus's text format. */
  async text(): Promise<string> {
    this.#read();
    this.#tellOutcomes();
    const [gateway, process] = await Promise.all([
      this.#registry.metrics(),
      processMetrics().metrics(),
    ]);
    return `${gateway}\n${process}`;
  }

  #tellOutcomes(): void {
    for (const [outcome, count] of this.#outcomes) this.#publishes.inc({ outcome }, count);
    this.#outcomes.clear();
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
