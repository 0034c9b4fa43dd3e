import { LOG_LEVELS } from "../../telemetry/logger.ts";
import { wholeNumber } from "../number-settings.ts";
import { choice } from "../text-settings.ts";

export const OPERATION_SETTINGS = {
  workers: wholeNumber({
    description:
      "Processes behind the port, each with its own connections and queues; several need a RabbitMQ",
    default: 1,
    min: 1,
    max: 64,
  }),
  logLevel: choice({
    description: "The least grave that is logged (JSON lines on stderr)",
    default: "info",
    values: LOG_LEVELS,
  }),
};
