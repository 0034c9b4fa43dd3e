import type { SubscribeAddress } from "../load/subscribers.ts";

/** Everything that is put side by side. */
export const TARGET_NAMES = [
  "rabbitql",
  "rabbitql-sse",
  "rabbitql-32mib",
  "rabbitql-beside-stopped",
  "rabbitql-secured",
  "workers-1",
  "workers-2",
  "bare",
  "bare-frame",
  "bare-full",
  "graphql-ws",
  "mercurius",
  "yoga",
  "web-stomp",
  "management-api",
  "amqplib",
  "amqplib-patterns",
  "amqplib-work",
] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/** A target that runs, or is a part of the broker. */
export interface RunningTarget {
  readonly name: TargetName;
  /** Where subscribers come in, and how. */
  readonly address: SubscribeAddress;
  /** Whose CPU time and memory count. */
  readonly pids: readonly number[];
  /** Those of them that collect their garbage at SIGUSR2. */
  readonly collectable: readonly number[];
  stop(): Promise<void>;
}
