import { AUTHENTICATION_CHECKS } from "./authentication-checks.ts";
import { CONNECTION_CHECKS } from "./connection-checks.ts";
import { CONNECTION_FILE_CHECKS, holds } from "./connection-file-checks.ts";
import type { CrossCheck } from "./cross-check.ts";
import { requestRoom } from "./request-room.ts";
import { MAX_INSTANCE_LENGTH, MIN_SECRET_LENGTH } from "./lengths.ts";
import { showBytes, showMilliseconds } from "./units.ts";

export const CROSS_CHECKS: readonly CrossCheck[] = [
  ...CONNECTION_CHECKS,
  ...CONNECTION_FILE_CHECKS,
  ...AUTHENTICATION_CHECKS,
  holds(
    "cursorSecretFile",
    `at least ${MIN_SECRET_LENGTH} characters`,
    (content) => content.trim().length >= MIN_SECRET_LENGTH,
  ),
  {
    settings: ["reconnectMinMs", "reconnectMaxMs"],
    problem: ({ reconnectMinMs, reconnectMaxMs }, nameOf) =>
      reconnectMinMs <= reconnectMaxMs
        ? undefined
        : `the first delay, ${showMilliseconds(reconnectMinMs)}, is longer than the longest, ` +
          `${showMilliseconds(reconnectMaxMs)}; set ${nameOf("reconnectMinMs")} no higher than ${nameOf("reconnectMaxMs")}`,
  },
  {
    // RabbitMQ, "Publisher Confirms": a confirm may be late by as long as a dead peer goes unnoticed.
    settings: ["confirmTimeoutMs", "heartbeatSeconds"],
    problem: ({ confirmTimeoutMs, heartbeatSeconds }, nameOf) =>
      confirmTimeoutMs >= heartbeatSeconds * 1000
        ? undefined
        : `waiting ${showMilliseconds(confirmTimeoutMs)} for a confirm is shorter than the heartbeat of ` +
          `${heartbeatSeconds}s; set ${nameOf("confirmTimeoutMs")} to ${heartbeatSeconds}s or more`,
  },
  {
    settings: ["maxRequestBytes", "maxMessageBytes", "maxHeadersBytes"],
    problem: (config, nameOf) =>
      config.maxRequestBytes >= requestRoom(config)
        ? undefined
        : `a request of ${showBytes(config.maxRequestBytes)} cannot hold a message of ` +
          `${showBytes(config.maxMessageBytes)} in Base64; set ${nameOf("maxRequestBytes")} to ` +
          `${showBytes(requestRoom(config))} or more, or leave it out`,
  },
  {
    settings: ["workers", "amqpUrl"],
    problem: ({ workers, amqpUrl }, nameOf) =>
      workers === 1 || amqpUrl !== undefined
        ? undefined
        : `the embedded broker lives in one process, and ${workers} workers would have ${workers} of them; ` +
          `set ${nameOf("amqpUrl")} to a RabbitMQ, or leave ${nameOf("workers")} at 1`,
  },
  {
    settings: ["instance", "workers"],
    problem: ({ workers, instance }, nameOf) => {
      const longest = MAX_INSTANCE_LENGTH - `-${workers}`.length;
      return workers === 1 || instance.length <= longest
        ? undefined
        : `with workers, each has its number added to the name; set ${nameOf("instance")} to at most ` +
            `${longest} characters`;
    },
  },
  holdsOneMessage("publishInFlightBytes"),
  holdsOneMessage("tapMaxLengthBytes"),
  holdsOneMessage("subscriberMaxBytes"),
];

function holdsOneMessage(
  buffer: "publishInFlightBytes" | "tapMaxLengthBytes" | "subscriberMaxBytes",
): CrossCheck {
  return {
    settings: [buffer, "maxMessageBytes"],
    problem: ({ maxMessageBytes, [buffer]: room }, nameOf) =>
      room >= maxMessageBytes
        ? undefined
        : `${nameOf(buffer)} (${showBytes(room)}) cannot hold one message of ${nameOf("maxMessageBytes")} ` +
          `(${showBytes(maxMessageBytes)}); set it to ${showBytes(maxMessageBytes)} or more`,
  };
}
