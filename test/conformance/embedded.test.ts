import { createEmbeddedAdapter } from "../../src/broker/embedded/embedded-adapter.ts";
import { EmbeddedBroker } from "../../src/broker/embedded/embedded-broker.ts";
import { brokerContract } from "./broker-contract/broker-contract.ts";
import type { BrokerHarness } from "./broker-contract/harness.ts";

const broker = new EmbeddedBroker();

const harness: BrokerHarness = {
  openAdapter: () => {
    const adapter = createEmbeddedAdapter({
      broker,
      tap: { maxLength: 10_000, maxLengthBytes: 64 * 1024 * 1024 },
    });
    adapter.open();
    return Promise.resolve({ adapter, close: () => adapter.close() });
  },
  inspect: () => {
    const { exchanges, queues, bindings } = broker.snapshot();
    return Promise.resolve({
      exchanges: exchanges.map(({ name }) => name),
      tapQueues: queues.filter(({ exclusive }) => exclusive),
      bindings,
    });
  },
};

brokerContract("the embedded broker", harness);
