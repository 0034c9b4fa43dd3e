/** Names that clients may neither declare nor delete (AMQP 0-9-1 section 1.6.2.1). */
export function isReservedName(name: string): boolean {
  return name === "" || name.startsWith("amq.");
}

/** Names of the gateway's own queues: those of taps, and whatever else it keeps on the broker for itself. */
export function isGatewayQueue(name: string): boolean {
  return name.startsWith("gql.");
}
