import { CodedError } from "../../errors.ts";
import {
  exclusiveConsumer,
  notFromStream,
  queueLocked,
  queueNotFound,
  queueUnavailable,
  tooManyConsumers,
} from "../broker-errors.ts";
import { refusal, replyCode } from "./reply-codes.ts";
import { NoChannelLeft } from "./wire/wire-errors.ts";

/** Why a queue is not consumed, from what closed the channel, in the words of whoever asked for it. */
export function refusedConsumer(error: unknown, queue: string): CodedError {
  const text = error instanceof Error ? error.message : "";
  switch (replyCode(error)) {
    case 403:
      return /exclusive use/.test(text) ? exclusiveConsumer(queue) : forbidden(queue, error);
    case 404:
      // A durable queue is not gone because the node that has it is.
      return /home node|inaccessible|process is stopped/.test(text)
        ? queueUnavailable(queue)
        : queueNotFound(queue);
    case 405:
      return queueLocked(queue);
    case 406:
      if (/x-priority|stream/.test(text)) return notFromStream(queue);
      break;
    default:
      if (error instanceof NoChannelLeft) return tooManyConsumers();
  }
  return refusal(error, `The broker refused to have queue "${queue}" consumed`);
}

function forbidden(queue: string, cause: unknown): CodedError {
  return new CodedError("FORBIDDEN", `The gateway may not read from queue "${queue}"`, { cause });
}
