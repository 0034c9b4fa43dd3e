import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { BROKERS, startGateway, type TestGateway } from "../../harness/gateway.ts";
import {
  declareShop,
  ORDER,
  ORDERS,
  PUBLISH_ORDER,
  RECEIVED,
  type OrdersData,
  type PublishOrderData,
} from "./shop.ts";

/** As Apollo's documentation has it: subscriptions over WebSocket, everything else over HTTP. */
function clientOf({ graphqlUrl, wsUrl }: TestGateway): ApolloClient {
  const socket = createClient({ url: wsUrl, webSocketImpl: WebSocket });
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: { FeedEvent: ["Live", "Message", "Gap"] } }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: graphqlUrl }),
    ),
  });
  onTestFinished(async () => {
    client.stop();
    await socket.dispose();
  });
  return client;
}

describe.for(BROKERS)("Apollo Client, over %s", (broker) => {
  test("receives what another one publishes", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const publisher = clientOf(gateway);
    const orders = clientOf(gateway).subscribe<OrdersData>({
      query: gql(ORDERS),
      variables: { exchange },
    });

    const received = await new Promise<unknown[]>((resolve, reject) => {
      const seen: unknown[] = [];
      const subscription = orders.subscribe({
        error: reject,
        next({ data, error }) {
          if (error) reject(error);
          seen.push(data);
          // The first says that it is live.
          if (seen.length < RECEIVED.length) publish().catch(reject);
          else resolve(seen);
        },
      });
      onTestFinished(() => subscription.unsubscribe());
    });
    expect(received).toEqual(RECEIVED);

    async function publish(): Promise<void> {
      const { data } = await publisher.mutate<PublishOrderData>({
        mutation: gql(PUBLISH_ORDER),
        variables: { exchange, order: ORDER },
      });
      expect(data).toEqual({
        publish: { __typename: "PublishReceipt", routed: true },
      });
    }
  });

  test("gets the code of an error", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const failing = clientOf(gateway).mutate({
      mutation: gql(PUBLISH_ORDER),
      variables: { exchange: "nowhere", order: ORDER },
    });
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(error).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  });
});
