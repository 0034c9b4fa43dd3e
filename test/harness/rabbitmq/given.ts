import { eventually } from "../eventually.ts";
import { guessManagementUrl, managementApi } from "./management-api.ts";
import type { RabbitMq } from "./rabbitmq.ts";

/**
 * The RabbitMQ that AMQP_TEST_URL names, undefined where it names none. Its management API is at
 * AMQP_TEST_MANAGEMENT_URL, else on its usual port. Rejects where that does not answer within 30 s.
 */
export async function givenRabbitMq(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RabbitMq | undefined> {
  // Set and empty is how CI systems leave a variable unset.
  const amqpUrl = environment["AMQP_TEST_URL"] || undefined;
  if (amqpUrl === undefined) return undefined;
  const managementUrl = environment["AMQP_TEST_MANAGEMENT_URL"] || guessManagementUrl(amqpUrl);
  const management = managementApi(managementUrl);
  try {
    await eventually(() => management("/api/overview"), { timeoutMs: 30_000, intervalMs: 200 });
  } catch (cause) {
    const { origin } = new URL(managementUrl);
    throw new Error(
      `AMQP_TEST_URL names a RabbitMQ whose management API does not answer at ${origin}. ` +
        "Enable its plugin rabbitmq_management, or say where it is in AMQP_TEST_MANAGEMENT_URL.",
      { cause },
    );
  }
  return { amqpUrl, managementUrl, management };
}
