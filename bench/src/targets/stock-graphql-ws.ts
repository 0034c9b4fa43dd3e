import { createServer } from "node:http";
import { createSchema } from "graphql-yoga";
import {
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionArgs,
} from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { listen } from "./listen.ts";
import { openPeerBroker } from "./peer-broker.ts";
import { peerResolvers } from "./peer-resolvers.ts";
import { TYPE_DEFINITIONS } from "./peer-schema.ts";
import { serveGraphql } from "./serve-graphql.ts";

/**
 * graphql-ws with its own `useServer`, graphql-js behind it, each document parsed and validated once; the
 * same over plain node:http for queries and mutations.
 */
const schema = createSchema({
  typeDefs: TYPE_DEFINITIONS,
  resolvers: peerResolvers(await openPeerBroker()),
});
const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();

function documentOf(query: string): DocumentNode | readonly GraphQLError[] {
  const known = documents.get(query);
  if (known) return known;
  const parsed = parse(query);
  const errors = validate(schema, parsed);
  const document = errors.length > 0 ? errors : parsed;
  documents.set(query, document);
  return document;
}

const server = createServer({ noDelay: true }, serveGraphql(schema, documentOf));
useServer(
  {
    execute: (args: ExecutionArgs) => execute(args),
    subscribe: (args: ExecutionArgs) => subscribe(args),
    onSubscribe: (_context, _id, { query, operationName, variables }) => {
      const document = documentOf(query);
      if (!("kind" in document)) return document;
      return { schema, document, operationName, variableValues: variables };
    },
  },
  new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false }),
);
listen(server);
