import { randomUUID } from "node:crypto";
import type { TestGateway } from "../../harness/gateway.ts";

/** What every client does here, in its own way: listens to orders, and publishes one. */

export const ORDERS = /* GraphQL */ `
  subscription Orders($exchange: String!) {
    feed(exchange: $exchange, routingPatterns: ["order.*"]) {
      __typename
      ... on Message {
        routingKey
        json
      }
    }
  }
`;

export const PUBLISH_ORDER = /* GraphQL */ `
  mutation PublishOrder($exchange: String!, $order: JSON!) {
    publish(input: { exchange: $exchange, routingKey: "order.created", body: { json: $order } }) {
      routed
    }
  }
`;

export const ORDER = { id: 1, items: ["tea", "milk"] };

/** What the two operations answer. */
export interface OrdersData {
  readonly feed: {
    readonly __typename: "Live" | "Message" | "Gap";
    readonly routingKey?: string;
    readonly json?: unknown;
  };
}
export interface PublishOrderData {
  readonly publish: { readonly routed: boolean };
}

/** What a subscriber to {@link ORDERS} gets where {@link ORDER} is published once it is live. */
export const RECEIVED: readonly OrdersData[] = [
  { feed: { __typename: "Live" } },
  { feed: { __typename: "Message", routingKey: "order.created", json: ORDER } },
];

/** A new topic exchange. */
export async function declareShop(gateway: TestGateway): Promise<string> {
  const exchange = `shop-${randomUUID()}`;
  const { errors } = await gateway.graphql(
    `mutation { declareExchange(input: {name: "${exchange}", type: TOPIC}) { name } }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return exchange;
}
