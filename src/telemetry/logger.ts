import { pino, stdSerializers, stdTimeFunctions } from "pino";

import { maskSecrets } from "./mask-secrets.ts";

/** From the gravest to the most talkative; `silent` logs nothing. */
export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Logger = pino.Logger;

/**
 * JSON lines on stderr, written before the call returns, so that the last words of a process are
 * not lost. No secret leaves through it: every line is masked as a whole (see {@link maskSecrets}),
 * messages, fields, errors and their causes alike.
 */
export function createLogger(options: {
  level: LogLevel;
  destination?: pino.DestinationStream;
}): Logger {
  return pino(
    {
      name: "rabbitql",
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.errWithCause, error: stdSerializers.errWithCause },
      hooks: { streamWrite: maskSecrets },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
