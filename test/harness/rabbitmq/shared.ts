import { inject } from "vitest";
import { managementApi } from "./management-api.ts";
import type { RabbitMq } from "./rabbitmq.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the RabbitMQ of the run is. Set by global-setup.ts. */
    rabbitMq: { readonly amqpUrl: string; readonly managementUrl: string };
  }
}

/**
 * The RabbitMQ that all tests of a run share. It is not theirs to break, and others' queues are on it:
 * see virtual-host.ts for a part of it to be alone in.
 */
export function sharedRabbitMq(): RabbitMq {
  const { amqpUrl, managementUrl } = inject("rabbitMq");
  return { amqpUrl, managementUrl, management: managementApi(managementUrl) };
}
