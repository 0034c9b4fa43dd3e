import type { ServerResponse } from "node:http";
import type { GraphQLError } from "graphql";
import { answerJson, GRAPHQL_TYPE } from "../json-lane.ts";
import type { Looked } from "./documents.ts";
import { withoutStacks } from "./without-stacks.ts";

/**
 * Answers a request whose document is wrong, as Yoga would. What is wrong with a document has 400 as its status
 * where GraphQL's own type is accepted, and 200 where JSON is (GraphQL over HTTP, "Status Codes"); a document past a
 * limit of the parser's has 400 for both, and no locations.
 */
export function refuseDocument(
  response: ServerResponse,
  contentType: string,
  { document, errors: found }: Looked,
  mask: (error: GraphQLError) => GraphQLError,
): void {
  const errors = withoutStacks(() => found.map(mask));
  const [{ message, extensions } = {}] = document ? [] : errors;
  if (message !== undefined && extensions?.["code"] === "LIMIT_EXCEEDED")
    answerJson(response, contentType, { errors: [{ message, extensions }] }, 400);
  else answerJson(response, contentType, { errors }, contentType === GRAPHQL_TYPE ? 400 : 200);
}
