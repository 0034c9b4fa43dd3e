import { fieldTable, isFieldTable } from "../broker/field-table.ts";
import type { IncomingMessage, OutgoingMessage } from "../broker/message.ts";
import { uniqueId } from "../broker/unique-id.ts";
import { checkCopyable } from "./check-copyable.ts";

/** The queue in which a message died last: RabbitMQ ("Dead Letter Exchanges") writes the latest death first. */
export function diedIn({ headers }: IncomingMessage): string | undefined {
  const deaths = headers["x-death"];
  const latest = Array.isArray(deaths) ? deaths[0] : undefined;
  const queue = latest !== undefined && isFieldTable(latest) ? latest["queue"] : undefined;
  return typeof queue === "string" && queue !== "" ? queue : undefined;
}

/**
 * What the life of a message before has left in its headers. None of it may act upon the life that begins: RabbitMQ
 * before 4.0 drops what has been dead-lettered in a circle by its deaths, CC would send copies, and
 * attempts are counted from one again.
 */
const PAST =
  /^(?:CC|BCC|x-death|x-(?:first|last)-death-(?:queue|reason|exchange)|x-delivery-count|x-acquired-count|x-gql-(?:attempt|original))$/;

/**
 * The message as it is published anew: as it was, without its {@link PAST}. `user` is whom it is published as.
 * @throws {CodedError} as {@link checkCopyable}.
 */
export function redriven(
  message: IncomingMessage,
  user: string,
): Omit<OutgoingMessage, "exchange" | "routingKey"> {
  checkCopyable(message);
  const { body, headers, properties } = message;
  const { userId, messageId = uniqueId(), ...rest } = properties;
  return {
    body,
    headers: fieldTable(
      Object.fromEntries(Object.entries(headers).filter(([name]) => !PAST.test(name))),
    ),
    // RabbitMQ lets nobody publish in another user's name ("Validated User-ID").
    properties: { ...rest, messageId, userId: userId === user ? userId : undefined },
  };
}
