import cluster from "node:cluster";

import { createGateway } from "../../gateway.ts";
import { createLogger } from "../../telemetry/logger.ts";
import type { StopSignal, Surroundings } from "../command.ts";
import { runGateway } from "../run-gateway.ts";
import { takeOrder, type Report } from "./order.ts";

/**
 * `rabbitql worker`: one gateway of several behind a port, as the primary process has ordered it in the
 * environment. Resolves to the exit code, as without workers. It ends at once when the primary is gone.
 */
export async function worker({
  env,
  process,
}: Pick<Surroundings, "env" | "process">): Promise<number> {
  const { number, config } = takeOrder(env);
  const logger = createLogger({ level: config.logLevel }).child({ worker: number });
  const stopped = new Promise<StopSignal>((resolve) => process.on("SIGTERM", resolve));
  // Ctrl-C reaches every process of a terminal: what it means is for the primary to say.
  process.on("SIGINT", () => {});
  // node:cluster exits after this.
  cluster.worker?.once("disconnect", () => logger.fatal("the primary process is gone"));
  return runGateway(createGateway, {
    config,
    logger,
    process,
    stopped,
    onListening: (url) => report({ listening: url }),
    onFailed: (failed) => {
      report({ failed });
      // The primary ends this process when it has read that.
      return stopped;
    },
  });
}

function report(what: Report): void {
  cluster.worker?.send(what);
}
