import { createClient, type Client } from "graphql-sse";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
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

function clientOf({ graphqlUrl }: TestGateway): Client {
  const client = createClient({ url: graphqlUrl });
  onTestFinished(() => client.dispose());
  return client;
}

describe.for(BROKERS)("the graphql-sse client in distinct connections mode, over %s", (broker) => {
  test("receives what another one publishes", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const orders = clientOf(gateway).iterate<OrdersData>({
      query: ORDERS,
      variables: { exchange },
    });
    const received = [(await orders.next()).value?.data];
    const variables = { exchange, order: ORDER };
    const answers = clientOf(gateway).iterate<PublishOrderData>({
      query: PUBLISH_ORDER,
      variables,
    });
    expect((await answers.next()).value).toEqual({ data: { publish: { routed: true } } });
    expect(await answers.next()).toMatchObject({ done: true });
    received.push((await orders.next()).value?.data);
    expect(received).toEqual(RECEIVED);
  });

  test("leaves no tap behind when it has had enough", async () => {
    const gateway = await startGateway({ broker });
    onTestFinished(() => gateway.close());
    const exchange = await declareShop(gateway);
    const orders = clientOf(gateway).iterate<OrdersData>({
      query: ORDERS,
      variables: { exchange },
    });
    await orders.next();
    await orders.return?.();
    await eventually(async () => {
      const { data } = await gateway.graphql(PUBLISH_ORDER, { exchange, order: ORDER });
      expect(data).toEqual({ publish: { routed: false } });
    });
  });
});
