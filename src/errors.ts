/**
 * Every code a client can meet in `errors[].extensions.code`, beside GraphQL's own codes for
 * syntax and validation. Programs act upon the code; the message is for people.
 */
export const ERROR_CODES = [
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "PRECONDITION_FAILED",
  "RESOURCE_LOCKED",
  "UNROUTABLE",
  "PUBLISH_REFUSED",
  "CONFIRM_UNKNOWN",
  "REQUEST_TIMEOUT",
  "BROKER_UNAVAILABLE",
  "BROKER_BLOCKED",
  "BUSY",
  "MESSAGE_TOO_LARGE",
  "DELIVERY_UNKNOWN",
  "SLOW_CONSUMER",
  "LIMIT_EXCEEDED",
  "NOT_SUPPORTED",
  "INTERNAL_SERVER_ERROR",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * A failure that a client is told about: its message names the value that was wrong and what would
 * be right, and holds nothing internal (no host, user, stack, or name the client did not use itself).
 * What an operator needs to know besides goes in `cause`, which is logged and never sent.
 */
export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  /** The setting that was the limit, where it was one: what is refused is counted by it. */
  readonly limit: string | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; limit?: string }) {
    super(message, options);
    this.code = code;
    this.limit = options?.limit;
  }
}

/** Throws where our own code is wrong: a condition that no client and no broker can bring about. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant violated: ${message}`);
}

/** What was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
