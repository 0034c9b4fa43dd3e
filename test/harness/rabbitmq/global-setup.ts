import type { TestProject } from "vitest/node";
import { givenRabbitMq } from "./given.ts";
import { startPrivateRabbitMq } from "./private.ts";

/** Vitest's global setup of every project that needs a RabbitMQ: all projects of a run share one. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.getProvidedContext().rabbitMq !== undefined) return undefined;
  const given = await givenRabbitMq();
  if (given !== undefined) {
    provide(given);
    return undefined;
  }
  const started = await startPrivateRabbitMq();
  provide(started);
  return () => started.dispose();

  function provide({ amqpUrl, managementUrl }: { amqpUrl: string; managementUrl: string }): void {
    project.vitest.provide("rabbitMq", { amqpUrl, managementUrl });
  }
}
