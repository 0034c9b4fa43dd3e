import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { listen } from "./listen.ts";
import { openPeerBroker } from "./peer-broker.ts";
import { peerResolvers } from "./peer-resolvers.ts";
import { TYPE_DEFINITIONS } from "./peer-schema.ts";

/** Yoga as its documentation starts it: HTTP and SSE, with its own caches of parsed and validated documents. */
const yoga = createYoga({
  schema: createSchema({
    typeDefs: TYPE_DEFINITIONS,
    resolvers: peerResolvers(await openPeerBroker()),
  }),
  logging: false,
});

listen(createServer((request, response) => void yoga.handle(request, response)));
