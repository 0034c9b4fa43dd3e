import { setTimeout as after } from "node:timers/promises";

import type { Config } from "../../config/config.ts";
import { createLogger, type Logger } from "../../telemetry/logger.ts";
import type { Surroundings } from "../command.ts";
import { endAtUncaught } from "../end-at-uncaught.ts";
import { startFailure } from "../start-failure.ts";
import { startLines } from "../start-lines.ts";
import { firstStopSignal } from "../stop-signals.ts";
import { claimPort } from "./claim-port.ts";
import { forkWorker, type Fork } from "./fork.ts";
import { WorkerSlot } from "./worker-slot.ts";

/** Beyond what a worker gives itself, for its process to end. */
const ENDING_MS = 2_000;

/**
 * Keeps `config.workers` processes running behind one port until a signal stops them. Resolves to 0
 * once all have drained, and to 1 where one could not start, could not be kept running or did not stop
 * in its time. A second signal ends everything at once: workers do not outlive this process.
 */
export async function servePrimary(
  config: Config,
  { process, stdout, stderr }: Pick<Surroundings, "process" | "stdout" | "stderr">,
  fork: Fork = forkWorker,
): Promise<number> {
  const logger = createLogger({ level: config.logLevel });
  endAtUncaught(process, logger);
  const stopped = firstStopSignal(process);

  let port: number;
  try {
    port = await claimPort(config);
  } catch (thrown) {
    stderr.write(`rabbitql: ${startFailure(thrown, config)}\n`);
    return 1;
  }

  let listening = 0;
  let slots: readonly WorkerSlot[] = [];
  const failed = new Promise<{ failure: string }>((resolve) => {
    slots = Array.from({ length: config.workers }, (_, place) => {
      const number = place + 1;
      return new WorkerSlot({
        number,
        config: configOf(number, { ...config, port }),
        logger,
        fork,
        onListening: (url) => {
          if (++listening === config.workers) stdout.write(startLines(config, url));
        },
        onFailed: (failure) => resolve({ failure }),
      });
    });
  });

  if (config.policy !== undefined)
    process.on("SIGHUP", () => {
      for (const slot of slots) slot.reload();
    });
  const end = await Promise.race([stopped.then((signal) => ({ signal })), failed]);
  if ("failure" in end) stderr.write(`rabbitql: ${end.failure}\n`);
  else logger.info(end, "stopping");
  const inOrder = await stop(slots, config, logger);
  return "signal" in end && inOrder ? 0 : 1;
}

/** Each worker is a gateway by itself, with a name of its own on the broker. */
function configOf(number: number, config: Config): Config {
  return { ...config, workers: 1, instance: `${config.instance}-${number}` };
}

/** Whether all of them ended in good order and in time; those that did not are killed. */
async function stop(
  slots: readonly WorkerSlot[],
  { drainTimeoutMs, closeTimeoutMs }: Config,
  logger: Logger,
): Promise<boolean> {
  const deadlineMs = drainTimeoutMs + closeTimeoutMs + ENDING_MS;
  const ended = Promise.all(slots.map((slot) => slot.stop()));
  const answered = new AbortController();
  const overdue = after(deadlineMs, undefined, { signal: answered.signal }).catch(() => undefined);
  const outcomes = await Promise.race([ended, overdue]);
  answered.abort();
  if (outcomes) return outcomes.every(Boolean);
  logger.error({ deadlineMs }, "workers did not stop in their time");
  for (const slot of slots) slot.kill();
  await ended;
  return false;
}
