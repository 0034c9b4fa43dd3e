import type { FormattedExecutionResult } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { TypedDocumentString } from "./gql/graphql.ts";

/** A graphql-ws client whose results and variables have the types of their documents. */
export function createTypedClient(url: string) {
  const client = createClient({ url, webSocketImpl: WebSocket });
  return {
    iterate<Result, Variables extends Record<string, unknown>>(
      document: TypedDocumentString<Result, Variables>,
      variables: Variables,
    ): AsyncIterable<FormattedExecutionResult<Result, unknown>> {
      return client.iterate<Result>({ query: document.toString(), variables });
    },
    close: () => client.dispose(),
  };
}
