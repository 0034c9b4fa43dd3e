import { createClient, type Client } from "graphql-ws";
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

/** As README.md has it for a client in Node.js. */
function clientOf({ wsUrl }: TestGateway): Client {
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
  onTestFinished(() => client.dispose());
  return client;
}

describe.for(BROKERS)("the graphql-ws client, over %s", (broker) => {
  test("receives what another one publishes", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const subscriber = clientOf(gateway);
    const publisher = clientOf(gateway);

    const orders = subscriber.iterate<OrdersData>({ query: ORDERS, variables: { exchange } });
    const received = [(await orders.next()).value?.data];
    const variables = { exchange, order: ORDER };
    for await (const { data, errors } of publisher.iterate<PublishOrderData>({
      query: PUBLISH_ORDER,
      variables,
    }))
      expect({ data, errors }).toEqual({ data: { publish: { routed: true } }, errors: undefined });
    received.push((await orders.next()).value?.data);
    expect(received).toEqual(RECEIVED);
    await orders.return?.();
  });

  test("keeps its subscription where another operation is wrong", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const client = clientOf(gateway);
    const orders = client.iterate<OrdersData>({ query: ORDERS, variables: { exchange } });
    await orders.next();
    await expect(client.iterate({ query: "{ oops" }).next()).rejects.toMatchObject([
      { extensions: { code: "GRAPHQL_PARSE_FAILED" } },
    ]);
    const variables = { exchange, order: ORDER };
    await client.iterate({ query: PUBLISH_ORDER, variables }).next();
    expect((await orders.next()).value?.data).toEqual(RECEIVED[1]);
  });

  test("comes back by itself to a gateway that was restarted", async () => {
    const first = await startGateway({ broker });
    onTestFinished(() => first.close());
    const second = await startGateway({ broker });
    onTestFinished(() => second.close());
    const exchange = await declareShop(second);
    await first.graphql(
      `mutation { declareExchange(input: {name: "${exchange}", type: TOPIC}) { name } }`,
    );
    let url = first.wsUrl;
    const client = createClient({
      url: () => url,
      webSocketImpl: WebSocket,
      retryAttempts: Infinity,
      retryWait: () => Promise.resolve(),
      shouldRetry: () => true,
    });
    onTestFinished(() => client.dispose());
    const orders = client.iterate<OrdersData>({ query: ORDERS, variables: { exchange } });
    expect((await orders.next()).value?.data).toEqual(RECEIVED[0]);
    url = second.wsUrl;
    await first.close();
    expect((await orders.next()).value?.data).toEqual(RECEIVED[0]);
    await second.graphql(PUBLISH_ORDER, { exchange, order: ORDER });
    expect((await orders.next()).value?.data).toEqual(RECEIVED[1]);
  });
});
