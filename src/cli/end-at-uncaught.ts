import type { Logger } from "../telemetry/logger.ts";
import type { HostProcess } from "./command.ts";

/**
 * Ends the process, with exit code 1, at an error that nobody caught; an unhandled rejection is one too.
 * The state is unknown then: the one safe thing is to end.
 */
export function endAtUncaught(process: HostProcess, logger: Logger): void {
  process.on("uncaughtException", (err, origin) => {
    logger.fatal({ err, origin }, "the gateway failed");
    process.exit(1);
  });
}
