/** Bounds on what one message, subscription or batch may hold. Sizes are bytes. */
export interface BrokerLimits {
  readonly maxMessageBytes: number;
  readonly maxHeaders: number;
  readonly maxHeadersBytes: number;
  readonly maxHeadersDepth: number;
  /** Bindings that one tap may ask for. */
  readonly maxRoutingPatterns: number;
  /** How long a request may be made to wait for its reply. */
  readonly requestMaxTimeoutMs: number;
}

/** A short string of AMQP (0-9-1 section 4.2.5.3) has its length in one byte. */
export const SHORT_STRING_BYTES = 255;
