import fastify from "fastify";
import mercurius from "mercurius";
import { openPeerBroker } from "./peer-broker.ts";
import { mutations } from "./peer-resolvers.ts";
import { TYPE_DEFINITIONS } from "./peer-schema.ts";

/**
 * mercurius with its just-in-time compiler from the first request on, its cache on, operations of every
 * kind over its WebSockets, and its own mqemitter to spread what one shared queue brings.
 */
const broker = await openPeerBroker();
const app = fastify({ logger: false });
const opened = new Map<string, Promise<unknown>>();

await app.register(mercurius, {
  schema: TYPE_DEFINITIONS,
  jit: 1,
  cache: true,
  subscription: { fullWsTransport: true },
  resolvers: {
    Mutation: mutations(broker),
    Subscription: {
      messages: {
        subscribe: async (_source, { exchange }: { exchange: string }, { pubsub }) => {
          const open = opened.get(exchange) ?? openExchange(exchange);
          opened.set(exchange, open);
          await open;
          return pubsub.subscribe(exchange);
        },
      },
    },
  },
});

function openExchange(exchange: string): Promise<unknown> {
  return broker.subscribe(exchange, (message) =>
    app.graphql.pubsub.publish({ topic: exchange, payload: { messages: message } }),
  );
}

const address = await app.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write(`${address}/graphql\n`);
