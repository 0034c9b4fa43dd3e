import { createRabbitMqAdapter } from "../../src/broker/rabbitmq/rabbitmq-adapter.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { connected } from "../harness/connected.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { tapQueuesAmong } from "../harness/rabbitmq/tap-queues.ts";
import { topologyOf } from "../harness/rabbitmq/topology.ts";
import { brokerContract } from "./broker-contract/broker-contract.ts";
import type { BrokerHarness } from "./broker-contract/harness.ts";

const rabbitMq = sharedRabbitMq();
const topology = topologyOf(rabbitMq);
const config = resolveConfig({ amqpUrl: rabbitMq.amqpUrl });
const logger = createLogger({ level: "silent" });

const harness: BrokerHarness = {
  openAdapter: async () => {
    const adapter = createRabbitMqAdapter({
      ...config,
      url: rabbitMq.amqpUrl,
      managementUrl: rabbitMq.managementUrl,
      bindingProbeMs: 200,
      logger,
    });
    adapter.open();
    await connected(adapter);
    return { adapter, close: () => adapter.close() };
  },
  inspect: async () => {
    const [queues, bindings, exchanges, consumers] = await Promise.all([
      topology.queues(),
      topology.bindings(),
      topology.exchanges(),
      topology.consumers(),
    ]);
    return {
      exchanges: exchanges.map(({ name }) => name),
      tapQueues: tapQueuesAmong(queues)
        .filter(({ name }) => name.startsWith(`gql.${config.instance}.`))
        .map((queue) => ({
          ...queue,
          consumers: consumers.filter((consumer) => consumer.queue === queue.name).length,
        })),
      bindings,
    };
  },
};

brokerContract("RabbitMQ", harness);
