const MIB = 1024 ** 2;

/** What a version of RabbitMQ takes and does, where it is not what every version from 3.10 on does. */
export interface RabbitMqCapabilities {
  /** Topic permissions are checked for the keys in CC and BCC too, and not for the routing key alone. */
  readonly checksCopies: boolean;
  /** Queues that are neither durable nor exclusive can be declared. */
  readonly transientQueues: boolean;
  /** A prefetch for all consumers of a channel together (`global` of basic.qos). */
  readonly globalPrefetch: boolean;
  /** The arguments `x-queue-mode` and `x-queue-version: 1` of classic queues. */
  readonly queueModes: boolean;
  /** A passive declaration wants the permission to configure: 403 does not say whether there is such a thing. */
  readonly passiveNeedsConfigure: boolean;
  /** Bytes of the largest message, unless the operator has set another `max_message_size`. */
  readonly maxMessageBytes: number;
  /** How often a quorum queue without a limit of its own redelivers a message; undefined: without end. */
  readonly defaultDeliveryLimit: number | undefined;
  /** basic.nack counts towards the delivery limit, as basic.reject and a lost consumer always do. */
  readonly nackCounts: boolean;
  /** A consumer that holds a message for too long is cancelled; otherwise its channel is closed, with 406. */
  readonly cancelsLateConsumers: boolean;
}

/**
 * From RabbitMQ's release notes, for the version that its server-properties tell. One that cannot be
 * read, or is older, counts as 3.10: it may refuse what it does not know, and is relied upon for nothing.
 */
export function capabilitiesOf(version: string | undefined): RabbitMqCapabilities {
  const [, major = "3", minor = "10"] = /^(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  const since = (sinceMajor: number, sinceMinor: number) =>
    Number(major) > sinceMajor || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
  const [is40, is41, is43] = [since(4, 0), since(4, 1), since(4, 3)];
  return {
    checksCopies: is41,
    transientQueues: !is43,
    globalPrefetch: !is43,
    queueModes: !is43,
    passiveNeedsConfigure: is43,
    maxMessageBytes: is40 ? 16 * MIB : 128 * MIB,
    defaultDeliveryLimit: is40 ? 20 : undefined,
    nackCounts: !is43,
    cancelsLateConsumers: is43,
  };
}
