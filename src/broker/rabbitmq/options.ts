import type { Logger } from "../../telemetry/logger.ts";
import type { ConnectionFiles } from "./dial-target.ts";

/** Everything the RabbitMQ adapter can be told. Times are milliseconds unless the name says otherwise. */
export interface RabbitMqOptions extends ConnectionFiles {
  /**
   * `amqp://` or `amqps://`, with user, password and virtual host (RabbitMQ, "URI Specification").
   * Several, with commas between them, are nodes of one cluster: whichever answers is taken.
   */
  readonly url: string;
  /** Part of the names of this instance's queues: `gql.<instance>.<unique>`. */
  readonly instance: string;
  readonly heartbeatSeconds: number;
  readonly connectTimeoutMs: number;
  /** How long the broker may take to answer one AMQP method. */
  readonly rpcTimeoutMs: number;
  /** How long a connection may take to close before its socket is destroyed. */
  readonly closeTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** How long a publish waits for the broker's confirm before it is answered CONFIRM_UNKNOWN. */
  readonly confirmTimeoutMs: number;
  /** Messages on their way to one exchange, unconfirmed. */
  readonly publishInFlightMessages: number;
  readonly publishInFlightBytes: number;
  /** How long a publish waits for its turn before it is answered BUSY. */
  readonly publishWaitMs: number;
  /** Unacknowledged deliveries that the broker lets one tap have. */
  readonly tapPrefetch: number;
  readonly tapMaxLength: number;
  readonly tapMaxLengthBytes: number;
  /** A tap's queue that has lost its consumer is deleted by the broker after this time. */
  readonly tapExpiresMs: number;
  /** How often the bindings of each tap are made sure of. */
  readonly bindingProbeMs: number;
  /** Streams that are read at once, each on a channel of its own. */
  readonly maxReplays: number;
  /** Consumers of queues at once, each on a channel of its own; left out: as many as the broker lets a connection have. */
  readonly maxWorkChannels?: number | undefined;
  /** Where the management API is; left out: at its usual port beside the broker. */
  readonly managementUrl?: string | undefined;
  /** Requests that may wait for their replies at once. */
  readonly requestsInFlight: number;
  readonly logger: Logger;
}
