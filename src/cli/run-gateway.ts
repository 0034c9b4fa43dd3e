import { setTimeout as after } from "node:timers/promises";

import type { Config } from "../config/config.ts";
import type { Gateway, GatewayOptions } from "../gateway.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { HostProcess, StopSignal } from "./command.ts";
import { endAtUncaught } from "./end-at-uncaught.ts";
import { startFailure } from "./start-failure.ts";

/** As much of a gateway as the command needs. */
export type Serving = Pick<Gateway, "listen" | "reload" | "close">;
export type CreateServing = (options: GatewayOptions) => Serving;

export interface GatewayRun {
  readonly config: Config;
  readonly logger: Logger;
  readonly process: HostProcess;
  readonly stopped: Promise<StopSignal>;
  readonly onListening: (url: string) => void;
  /** It could not start: why, in one line. */
  readonly onFailed: (why: string) => unknown;
}

/**
 * Runs a gateway until it is stopped. Resolves to 0 once everything is drained, and to 1 where it could
 * not start or did not stop in its time.
 */
export async function runGateway(
  create: CreateServing,
  { config, logger, process, stopped, onListening, onFailed }: GatewayRun,
): Promise<number> {
  endAtUncaught(process, logger);
  const gateway = create({ ...config, logger });
  // Without a policy it ends the process, as it does any.
  if (config.policy !== undefined) process.on("SIGHUP", () => gateway.reload());
  const stop = () => closed(gateway, config.drainTimeoutMs + config.closeTimeoutMs, logger);
  try {
    const listening = await Promise.race([gateway.listen(), stopped]);
    if (typeof listening === "object") onListening(listening.url);
  } catch (thrown) {
    await Promise.all([onFailed(startFailure(thrown, config)), stop()]);
    return 1;
  }
  logger.info({ signal: await stopped }, "stopping");
  return (await stop()) ? 0 : 1;
}

/** Whether the gateway closed in good order, in `deadlineMs`. */
async function closed(gateway: Serving, deadlineMs: number, logger: Logger): Promise<boolean> {
  const answered = new AbortController();
  const overdue = after(deadlineMs, false, { signal: answered.signal }).catch(() => false);
  try {
    const inTime = await Promise.race([gateway.close().then(() => true), overdue]);
    if (!inTime) logger.error({ deadlineMs }, "the gateway did not stop in its time");
    return inTime;
  } catch (err) {
    logger.error({ err }, "the gateway did not stop in good order");
    return false;
  } finally {
    answered.abort();
  }
}
