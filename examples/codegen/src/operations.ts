import { graphql } from "./gql/index.ts";

export const orders = graphql(`
  subscription Orders {
    feed(exchange: "amq.topic", routingPatterns: ["order.*"]) {
      kind: __typename
      ... on Live {
        since
      }
      ... on Message {
        routingKey
        json
        properties {
          timestamp
        }
      }
      ... on Gap {
        cause
        dropped
      }
    }
  }
`);

export const publishOrder = graphql(`
  mutation PublishOrder($order: JSON!) {
    publish(input: { exchange: "amq.topic", routingKey: "order.created", body: { json: $order } }) {
      routed
    }
  }
`);
