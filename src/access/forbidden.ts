import { quoted } from "../broker/check-short-string.ts";
import { CodedError } from "../errors.ts";

/** Said before the broker is asked anything, in the same words whether or not there is what is named. */
export function forbidden(what: string): CodedError {
  return new CodedError("FORBIDDEN", `You may not ${what}`);
}

/** `exchange "orders"`, or a queue. */
export function named(kind: "exchange" | "queue", name: string): string {
  return `${kind} ${quoted(name)}`;
}
