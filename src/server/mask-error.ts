import { GraphQLError } from "graphql";
import { CodedError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/**
 * What a client is told of a failure: a {@link CodedError} in its own words with its code; GraphQL's
 * own errors as they are; anything else as INTERNAL_SERVER_ERROR, with the truth in the log.
 */
export function maskError(error: unknown, logger: Logger): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original instanceof CodedError) return located(error, original.message, original.code);
  if (error instanceof GraphQLError && (original == null || original instanceof GraphQLError))
    return withCode(error);
  if (isStackOverflow(original ?? error))
    return located(error, "The request is nested too deeply", "LIMIT_EXCEEDED");
  logger.error({ err: original ?? error }, "an operation failed");
  return located(error, "The gateway failed; its log says why", "INTERNAL_SERVER_ERROR");
}

/** {@link maskError} for a whole gateway; what is past a limit is counted. */
export class ErrorMask {
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  readonly #suggestions: boolean;

  /** `suggestions`: whether GraphQL's own errors name what is spelled nearly so. */
  constructor(
    { logger, metrics }: { logger: Logger; metrics: Metrics },
    { suggestions }: { suggestions: boolean },
  ) {
    this.#logger = logger;
    this.#metrics = metrics;
    this.#suggestions = suggestions;
  }

  mask(error: unknown): GraphQLError {
    const original = error instanceof GraphQLError ? error.originalError : error;
    if (original instanceof CodedError && original.limit !== undefined)
      this.#metrics.refused.inc({ limit: original.limit });
    const masked = maskError(error, this.#logger);
    return this.#suggestions || original instanceof CodedError ? masked : withoutSuggestion(masked);
  }
}

/** graphql-js puts it at the end of the message. */
function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean .*$/s, "");
  return message === error.message
    ? error
    : located(error, message, String(error.extensions["code"]), error.extensions);
}

/** Parsing, coercing and printing go as deep as their input does. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith("Maximum call stack");
}

/** Variables that do not fit their types fail before any field is reached, and come without a code. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions["code"] !== undefined) return error;
  return located(error, error.message, "BAD_USER_INPUT", error.extensions);
}

function located(
  error: unknown,
  message: string,
  code: string,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  const at = error instanceof GraphQLError ? error : undefined;
  return new GraphQLError(message, {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.positions ?? null,
    path: at?.path ?? null,
    extensions: { ...extensions, code },
  });
}
