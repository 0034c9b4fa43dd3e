import { CodedError } from "../errors.ts";
import type { FieldTable } from "./field-table.ts";
import type { OutgoingMessage } from "./message.ts";
import type { Binding, QueueSpec } from "./topology.ts";

/** Names that clients may neither declare nor delete (AMQP 0-9-1 section 1.6.2.1). */
export function isReservedName(name: string): boolean {
  return name === "" || name.startsWith("amq.");
}

/** Names of the gateway's own queues: those of taps, and whatever else it keeps on the broker for itself. */
export function isGatewayQueue(name: string): boolean {
  return name.startsWith("gql.");
}

/** Throws FORBIDDEN where the queue is the gateway's own, or would be if there were one. `what` names it in the error. */
export function checkClientsQueue(what: string, name: string): void {
  if (isGatewayQueue(name))
    throw new CodedError(
      "FORBIDDEN",
      `${what} is ${JSON.stringify(name)}: queues whose names begin with "gql." are the gateway's own; choose another name`,
    );
}

/** The queues that it would go to: through the default exchange, which takes each routing key for a queue's name. */
export function checkAddressees({
  exchange,
  routingKey,
  headers,
  properties: { replyTo },
}: OutgoingMessage): void {
  if (replyTo !== undefined) checkClientsQueue("properties.replyTo", replyTo);
  if (exchange !== "") return;
  checkClientsQueue("routingKey", routingKey);
  for (const name of ["CC", "BCC"]) checkEach(`headers.${name}`, headers[name]);
}

function checkEach(what: string, keys: FieldTable[string] | undefined): void {
  if (!Array.isArray(keys)) return;
  for (const key of keys) if (typeof key === "string") checkClientsQueue(what, key);
}

/** The queue itself, and where it sends its dead letters. */
export function checkQueueSpec({ name, arguments: given }: QueueSpec): void {
  checkClientsQueue("name", name);
  const deadLetters = given["x-dead-letter-routing-key"];
  if (given["x-dead-letter-exchange"] === "" && typeof deadLetters === "string")
    checkClientsQueue("deadLetterRoutingKey", deadLetters);
}

export function checkDestination({ destination, destinationType }: Binding): void {
  if (destinationType === "queue") checkClientsQueue("destination", destination);
}
