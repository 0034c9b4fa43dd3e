import { loadConfig } from "../config/config.ts";
import { definitionsFile, policyFile } from "../gateway-files.ts";
import { createGateway } from "../gateway.ts";
import { createLogger } from "../telemetry/logger.ts";
import type { Surroundings } from "./command.ts";
import { runGateway, type CreateServing } from "./run-gateway.ts";
import { startLines } from "./start-lines.ts";
import { firstStopSignal } from "./stop-signals.ts";

/**
 * `rabbitql`: runs the gateway, in one process or in several workers, until a signal stops it. Resolves
 * to 0 once everything is drained, and to 1 where it could not start or did not stop in its time.
 * @throws {ConfigError} before anything is started.
 */
export async function serve(
  args: readonly string[],
  surroundings: Surroundings,
  create: CreateServing = createGateway,
): Promise<number> {
  const { env, stdout, stderr, process } = surroundings;
  const config = loadConfig({ argv: args, env });
  if (config.workers > 1) {
    // What is wrong with it is told here, and not by each of the workers.
    definitionsFile(config);
    policyFile(config, createLogger({ level: "silent" }))?.close();
    const { servePrimary } = await import("./workers/primary.ts");
    return servePrimary(config, surroundings);
  }
  return runGateway(create, {
    config,
    logger: createLogger({ level: config.logLevel }),
    process,
    stopped: firstStopSignal(process),
    onListening: (url) => void stdout.write(startLines(config, url)),
    onFailed: (why) => void stderr.write(`rabbitql: ${why}\n`),
  });
}
