import type { IncomingMessage, ServerResponse } from "node:http";
import { execute, type DocumentNode, type GraphQLError, type GraphQLSchema } from "graphql";
import type { GraphQLRequest } from "../wire/operations.ts";

/** GraphQL over HTTP, as short as it can be written on node:http and graphql-js. */
export function serveGraphql(
  schema: GraphQLSchema,
  documentOf: (query: string) => DocumentNode | readonly GraphQLError[],
) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as GraphQLRequest;
      const document = documentOf(query);
      const result =
        "kind" in document
          ? Promise.resolve(execute({ schema, document, variableValues: variables }))
          : Promise.resolve({ errors: document });
      void result.then((value) => {
        const text = JSON.stringify(value);
        response.writeHead(200, {
          "content-type": "application/json; charset=utf-8",
          "content-length": Buffer.byteLength(text),
        });
        response.end(text);
      });
    });
  };
}
