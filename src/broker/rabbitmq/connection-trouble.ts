import { NoneAnswered } from "./dial-round.ts";
import { UnusableFile } from "./dial-target.ts";
import { replyCode } from "./reply-codes.ts";
import { BrokerTimeout } from "./timeout.ts";
import { tlsTrouble } from "./tls-trouble.ts";
import { NotAmqp } from "./wire/wire-errors.ts";

const BY_SYSTEM_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing answers at the broker's address (connection refused)",
  ECONNRESET: "The connection to the broker was reset",
  EPIPE: "The connection to the broker was reset",
  ENOTFOUND: "The broker's host name cannot be resolved",
  EAI_AGAIN: "The broker's host name cannot be resolved",
  EHOSTUNREACH: "The broker's host cannot be reached",
  ENETUNREACH: "The broker's host cannot be reached",
  ETIMEDOUT: "The broker does not answer",
};

/** AMQP 0-9-1 section 1.2, for what ends a connection or refuses to open one. */
const BY_REPLY_CODE: Readonly<Record<number, string>> = {
  320: "The broker closed the connection (an operator, or a shutdown)",
  402: "The broker does not know the virtual host",
  403: "The broker refused the user name or the password",
  530: "The broker refused the virtual host: it does not exist, or the user may not use it",
};

/** Why there is no connection, for clients and /readyz: no address, user or secret in it. */
export function connectionTrouble(error: Error): string {
  // Sorted: in whichever order they were dialled, the same trouble is told in the same words.
  if (error instanceof NoneAnswered)
    return [...new Set(error.errors.map(connectionTrouble))].toSorted().join("; ");
  if (error instanceof UnusableFile)
    return `The gateway's file with ${error.holds} cannot be read, or is empty`;
  if (error instanceof BrokerTimeout || error.message === "Heartbeat timeout")
    return "The broker does not answer";
  const reply = replyCode(error) ?? handshakeReply(error);
  const known =
    handshakeTrouble(error) ??
    (reply === undefined ? undefined : BY_REPLY_CODE[reply]) ??
    ("code" in error && typeof error.code === "string"
      ? (BY_SYSTEM_CODE[error.code] ?? tlsTrouble(error.code))
      : undefined);
  return known ?? "The connection to the broker was lost";
}

/** amqplib reports a refused handshake in words: `Handshake terminated by server: 403 (ACCESS-REFUSED) …`. */
function handshakeReply(error: Error): number | undefined {
  const found = /^Handshake terminated by server: (\d{3})/.exec(error.message);
  return found ? Number(found[1]) : undefined;
}

/** What amqplib says, or our own wire, of a handshake that broke off without a reply code. */
function handshakeTrouble(error: Error): string | undefined {
  const { message } = error;
  if (message.startsWith("Expected ConnectionOpenOk; got <ConnectionClose"))
    return BY_REPLY_CODE[530];
  if (
    error instanceof NotAmqp ||
    message.startsWith("Socket closed abruptly during opening handshake")
  )
    return "What answers at the broker's address does not speak AMQP (or wants TLS, or another client certificate)";
  return undefined;
}
