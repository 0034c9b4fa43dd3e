import { CodedError, type ErrorCode } from "../../errors.ts";
import { BrokerTimeout } from "./timeout.ts";

/** AMQP 0-9-1 section 1.2 ("constants") and RabbitMQ's use of them, for what closes a channel. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  311: "MESSAGE_TOO_LARGE",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "RESOURCE_LOCKED",
  406: "PRECONDITION_FAILED",
  530: "FORBIDDEN",
  540: "NOT_SUPPORTED",
};

/** The reply code with which the broker closed a channel or connection, where it did. */
export function replyCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : undefined;
}

/**
 * What the broker refused, as the client is told it. The broker's own text may name users, hosts and
 * queues, so the message is `refused`, the caller's own words; the text goes along as the cause.
 */
export function refusal(error: unknown, refused: string): CodedError {
  const reply = replyCode(error);
  const code = reply === undefined ? undefined : CODES[reply];
  if (code !== undefined) return new CodedError(code, refused, { cause: error });
  if (error instanceof CodedError) return error;
  if (error instanceof BrokerTimeout)
    return new CodedError("REQUEST_TIMEOUT", "The broker did not answer in time; try again", {
      cause: error,
    });
  return new CodedError("BROKER_UNAVAILABLE", "The connection to the broker was lost; try again", {
    cause: error,
  });
}

/** The argument and both values, undefined where there is none, from the text of a 406 on a declaration. */
export function mismatch(
  error: unknown,
): { argument: string; given: string | undefined; existing: string | undefined } | undefined {
  if (replyCode(error) !== 406 || !(error instanceof Error)) return undefined;
  const found = /inequivalent arg '(.+?)' for .*: received (.+?) but current is (.+?)"?$/s.exec(
    error.message,
  );
  if (!found?.[1] || !found[2] || !found[3]) return undefined;
  return { argument: found[1], given: valueIn(found[2]), existing: valueIn(found[3]) };
}

/** The argument that a 406 on a declaration says is not for this queue, or has a value that it cannot take. */
export function refusedArgument(error: unknown): string | undefined {
  if (replyCode(error) !== 406 || !(error instanceof Error)) return undefined;
  return /invalid (?:arg|property) '(.+?)' for queue /.exec(error.message)?.[1];
}

/** RabbitMQ writes `'one'`, `the value 'one' of type 'longstr'`, or `none`. */
function valueIn(text: string): string | undefined {
  if (text === "none") return undefined;
  return text.replace(/^(?:the value )?'(.*?)'(?: of type '\w+')?$/s, "$1");
}
