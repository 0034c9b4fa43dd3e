import { Client, fetchExchange, subscriptionExchange, type OperationResult } from "@urql/core";
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

/** As urql's documentation has it for graphql-ws. */
function clientOf({ graphqlUrl, wsUrl }: TestGateway): Client {
  const socket = createClient({ url: wsUrl, webSocketImpl: WebSocket });
  onTestFinished(() => socket.dispose());
  return new Client({
    url: graphqlUrl,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription({ query = "", variables }) {
          return {
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(
                { query, ...(variables && { variables: { ...variables } }) },
                {
                  ...sink,
                  next: ({ data = null, errors }) => sink.next({ data, ...(errors && { errors }) }),
                },
              ),
            }),
          };
        },
      }),
    ],
  });
}

describe.for(BROKERS)("urql, over %s", (broker) => {
  test("receives what another one publishes", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const publisher = clientOf(gateway);
    const orders = clientOf(gateway).subscription<OrdersData>(ORDERS, { exchange });

    const received = await new Promise<unknown[]>((resolve, reject) => {
      const seen: unknown[] = [];
      const subscription = orders.subscribe(({ data, error }: OperationResult<OrdersData>) => {
        if (error) reject(error);
        seen.push(data);
        // The first says that it is live.
        if (seen.length < RECEIVED.length) publish().catch(reject);
        else resolve(seen);
      });
      onTestFinished(() => subscription.unsubscribe());
    });
    expect(received).toEqual(RECEIVED);

    async function publish(): Promise<void> {
      const variables = { exchange, order: ORDER };
      const { data } = await publisher
        .mutation<PublishOrderData>(PUBLISH_ORDER, variables)
        .toPromise();
      expect(data).toEqual({ publish: { routed: true } });
    }
  });

  test("gets the code of an error", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const { error } = await clientOf(gateway)
      .mutation(PUBLISH_ORDER, { exchange: "nowhere", order: ORDER })
      .toPromise();
    expect(error?.graphQLErrors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  });
});
