import { onTestFinished } from "vitest";
import { startGatewayProcess, type GatewayProcess } from "../../harness/gateway-process.ts";
import { Subscriber, type SubscriberOptions } from "../../harness/load/subscriber.ts";

/** What makes a gateway notice trouble soon, in flags of the command. */
export const IMPATIENT = {
  "heartbeat-seconds": 5,
  "connect-timeout-ms": 2_000,
  "rpc-timeout-ms": 3_000,
  "close-timeout-ms": 1_000,
  "confirm-timeout-ms": 5_000,
  "publish-wait-ms": 500,
  "reconnect-min-ms": 50,
  "reconnect-max-ms": 1_000,
  "socket-keep-alive-ms": 2_000,
} as const;

/** The built command with {@link IMPATIENT} settings and these; it goes with the test. */
export async function probedGateway(
  flags: Readonly<Record<string, string | number>>,
): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({ ...IMPATIENT, ...flags });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A subscriber that is live; it goes with the test. */
export async function liveSubscriber(
  options: Omit<SubscriberOptions, "silenceMs">,
): Promise<Subscriber> {
  const subscriber = new Subscriber({ ...options, silenceMs: 10_000 });
  onTestFinished(() => subscriber.stop());
  await subscriber.until(() => subscriber.isLive);
  return subscriber;
}
