import { fieldTable } from "../field-table.ts";
import type { ExchangeSpec, ExchangeType } from "../topology.ts";

/** The default exchange, and those that AMQP 0-9-1 section 3.1.3 and RabbitMQ have from the start. */
const TYPES: Readonly<Record<string, ExchangeType>> = {
  "": "direct",
  "amq.direct": "direct",
  "amq.fanout": "fanout",
  "amq.topic": "topic",
  "amq.headers": "headers",
  "amq.match": "headers",
};

export const PREDECLARED_EXCHANGES: readonly ExchangeSpec[] = Object.entries(TYPES).map(
  ([name, type]) => ({
    name,
    type,
    durable: true,
    autoDelete: false,
    internal: false,
    arguments: fieldTable(),
  }),
);
