export const CONNECTION_STATES = [
  /** Trying for the first time. */
  "connecting",
  "connected",
  /** Connected, but the broker takes no publishes (a memory or disk alarm). */
  "blocked",
  /** Was lost or could not be reached; tried again until it is there. */
  "disconnected",
  /** Closed by us, for good. */
  "closed",
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

export const BROKER_KINDS = ["rabbitmq", "embedded"] as const;
export type BrokerKind = (typeof BROKER_KINDS)[number];

export interface BrokerStatus {
  readonly kind: BrokerKind;
  /** The broker's own name and version, once it has told them. */
  readonly product?: string;
  readonly version?: string;
  readonly virtualHost: string;
  readonly state: ConnectionState;
  /** When the state was entered. */
  readonly since: Date;
  /** Why, where the state is not `connected`. Shown to clients: no host, user or secret. */
  readonly reason?: string;
}

/** One of the connections that a broker is worked with. */
export interface ConnectionStatus {
  /** What it is for, such as `publishing`. */
  readonly name: string;
  readonly state: ConnectionState;
  /** When the state was entered. */
  readonly since: Date;
  /** Why, where the state is not `connected`. No host, user or secret in it. */
  readonly reason?: string;
  /** How often it has been opened; every time but the first is a reconnect. */
  readonly opened: number;
}
