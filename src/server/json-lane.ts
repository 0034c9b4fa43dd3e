import type { ServerResponse } from "node:http";
import type { ExecutionResult, FormattedExecutionResult } from "graphql";

export const JSON_TYPE = "application/json; charset=utf-8";
export const GRAPHQL_TYPE = "application/graphql-response+json; charset=utf-8";

/** `Accept` headers that need no negotiation, as clients send them, and what Yoga answers them with. */
const ANSWER_TYPES: ReadonlyMap<string, string> = new Map([
  ["*/*", JSON_TYPE],
  ["application/json", JSON_TYPE],
  ["application/json, */*", JSON_TYPE],
  ["application/graphql-response+json", GRAPHQL_TYPE],
  ["application/graphql-response+json, application/json", GRAPHQL_TYPE],
  ["application/graphql-response+json, application/json;q=0.9", GRAPHQL_TYPE],
  ["application/graphql-response+json,application/json;q=0.9", GRAPHQL_TYPE],
]);

/** The content type to answer with; undefined where that is a matter for Yoga. */
export function jsonAnswerType(accept: string | undefined): string | undefined {
  return accept === undefined ? JSON_TYPE : ANSWER_TYPES.get(accept);
}

/** What a refusal is answered with, whatever is accepted. */
export function answerTypeFor(accept: string | undefined): string {
  return (
    jsonAnswerType(accept) ??
    (accept?.includes("application/graphql-response+json") ? GRAPHQL_TYPE : JSON_TYPE)
  );
}

export function answerJson(
  response: ServerResponse,
  contentType: string,
  result: FormattedExecutionResult | ExecutionResult,
  status = 200,
): void {
  const text = JSON.stringify(result);
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
