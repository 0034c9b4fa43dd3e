import { notSupported } from "../broker-errors.ts";
import type { QueueSpec } from "../topology.ts";
import type { RabbitMqCapabilities } from "./capabilities.ts";

/**
 * What newer brokers no longer declare, refused before it is sent: some of them close the connection
 * over it. Throws NOT_SUPPORTED.
 */
export function checkQueue(spec: QueueSpec, capabilities: RabbitMqCapabilities): void {
  if (!spec.durable && !capabilities.transientQueues)
    throw notSupported(
      `Queue ${JSON.stringify(spec.name)} with durable: false`,
      "declare it with durable: true",
    );
  if (capabilities.queueModes) return;
  if ("x-queue-mode" in spec.arguments)
    throw notSupported("The argument x-queue-mode", "leave it out");
  if (Number(spec.arguments["x-queue-version"]) === 1)
    throw notSupported("The argument x-queue-version: 1", "leave it out");
}
