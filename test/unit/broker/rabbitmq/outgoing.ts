import { randomUUID } from "node:crypto";
import { fieldTable } from "../../../../src/broker/field-table.ts";
import type { OutgoingMessage } from "../../../../src/broker/message.ts";
import type { RabbitMqOptions } from "../../../../src/broker/rabbitmq/options.ts";
import { resolveConfig } from "../../../../src/config/config.ts";
import { createLogger } from "../../../../src/telemetry/logger.ts";

/** The defaults, for a broker at `url`. */
export function optionsFor(url: string, more: Partial<RabbitMqOptions> = {}): RabbitMqOptions {
  return { ...resolveConfig(), url, logger: createLogger({ level: "silent" }), ...more };
}

/** A message; what a test leaves out matters to it as little as here. */
export function outgoing(parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    exchange: "orders",
    routingKey: "a.b",
    body: Buffer.from("body"),
    headers: fieldTable(),
    properties: { messageId: randomUUID(), persistent: true },
    ...parts,
  };
}
