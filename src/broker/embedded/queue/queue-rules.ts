import type { QueueSpec } from "../../topology.ts";
import { checkQueueArguments } from "./queue-arguments.ts";

/** What a queue's arguments say. Without a bound, infinity. */
export interface QueueRules {
  /** Of ready messages, and of the bytes of their bodies (RabbitMQ, "Queue Length Limit"). */
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  /** A full queue refuses what comes, instead of dropping its oldest. */
  readonly rejectsPublish: boolean;
  /** What it refuses is a dead letter. */
  readonly deadLettersRejected: boolean;
  readonly messageTtlMs: number;
  /** How long the queue may be unused (RabbitMQ, "Queue TTL"). */
  readonly expiresMs: number;
  readonly deadLetterExchange: string | undefined;
  /** Undefined: the message keeps its own. */
  readonly deadLetterRoutingKey: string | undefined;
  readonly maxPriority: number;
  readonly singleActiveConsumer: boolean;
}

/** Rejects arguments as {@link checkQueueArguments} does. */
export function queueRules(spec: QueueSpec): QueueRules {
  checkQueueArguments(spec);
  const given = spec.arguments;
  const number = (name: string): number => Number(given[name] ?? Infinity);
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === "string" ? value : undefined;
  };
  const overflow = text("x-overflow");
  return {
    maxLength: number("x-max-length"),
    maxLengthBytes: number("x-max-length-bytes"),
    rejectsPublish: overflow === "reject-publish" || overflow === "reject-publish-dlx",
    deadLettersRejected: overflow === "reject-publish-dlx",
    messageTtlMs: number("x-message-ttl"),
    expiresMs: number("x-expires"),
    deadLetterExchange: text("x-dead-letter-exchange"),
    deadLetterRoutingKey: text("x-dead-letter-routing-key"),
    maxPriority: Number(given["x-max-priority"] ?? 0),
    singleActiveConsumer: given["x-single-active-consumer"] === true,
  };
}
