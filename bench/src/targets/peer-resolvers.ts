import type { PublishInput } from "../wire/operations.ts";
import type { PeerBroker } from "./peer-broker.ts";
import { PushedMessages } from "./pushed-messages.ts";

/** The resolvers of graphql-ws and Yoga; what they leave out is graphql-js's default. */
export function peerResolvers(broker: PeerBroker) {
  return {
    Mutation: mutations(broker),
    Subscription: {
      messages: {
        subscribe: (_source: unknown, { exchange }: { exchange: string }) =>
          PushedMessages.of(broker, exchange),
      },
    },
  };
}

/** Those of mutations, which mercurius has in common. */
export function mutations({ publish }: PeerBroker) {
  return {
    publish: (_source: unknown, { input }: { input: PublishInput }) => publish(input),
    publishBatch: (_source: unknown, { inputs }: { inputs: readonly PublishInput[] }) =>
      Promise.all(inputs.map(publish)),
  };
}
