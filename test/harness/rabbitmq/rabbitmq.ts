import type { ManagementRequest } from "./management-api.ts";

/** A RabbitMQ to test against. */
export interface RabbitMq {
  /** Where AMQP clients connect, with credentials and virtual host. */
  readonly amqpUrl: string;
  /** Where the management API is, with the same credentials. */
  readonly managementUrl: string;
  /**
   * Asks the management API: `path` like `/api/queues`. Resolves with the JSON answered, undefined where
   * there was none; rejects where the status is not 2xx.
   */
  management(path: string, init?: ManagementRequest): Promise<unknown>;
  /** The process behind it, where that is the test's to break. */
  readonly node?: RabbitMqNode;
}

/** A broker process that a test may break and mend. */
export interface RabbitMqNode {
  /** Kills it with SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same ports and data. Resolves when it is ready. */
  start(): Promise<void>;
  /** Shuts it down in good order. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Runs rabbitmqctl against it; resolves with what that wrote to its standard output. */
  ctl(...args: string[]): Promise<string>;
}

/** A RabbitMQ that nobody else uses. */
export interface PrivateRabbitMq extends RabbitMq {
  readonly node: RabbitMqNode;
  /** Ends it and removes its data. Idempotent. */
  dispose(): Promise<void>;
}
