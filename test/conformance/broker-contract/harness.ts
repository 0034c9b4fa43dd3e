import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import type { Binding } from "../../../src/broker/topology.ts";

/** What an adapter's own test provides for the contract suite. All adapters it opens talk to one broker. */
export interface BrokerHarness {
  /** Resolves with an adapter whose state is `connected`. */
  openAdapter(): Promise<OpenAdapter>;
  /** What the broker itself has, as current as the broker can tell, and not what an adapter believes. */
  inspect(): Promise<BrokerView>;
}

export interface OpenAdapter {
  readonly adapter: BrokerAdapter;
  /** Closes the adapter, and whatever the harness opened for it. Idempotent. */
  readonly close: () => Promise<void>;
}

export interface BrokerView {
  /** The queues of taps that adapters of this harness have opened. */
  readonly tapQueues: readonly TapQueueView[];
  readonly exchanges: readonly string[];
  readonly bindings: readonly Pick<
    Binding,
    "source" | "destination" | "destinationType" | "routingKey"
  >[];
}

export interface TapQueueView {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly consumers: number;
}
