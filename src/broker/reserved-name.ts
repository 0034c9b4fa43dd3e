/** Names that clients may neither declare nor delete (AMQP 0-9-1 section 1.6.2.1). */
export function isReservedName(name: string): boolean {
  return name === "" || name.startsWith("amq.");
}
