/** What a client sends, over whichever transport. */
export interface GraphQLRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MESSAGES = `subscription Messages($exchange: String!) {
  messages(exchange: $exchange) {
    routingKey
    json
  }
}`;

const PUBLISH = `mutation Publish($input: PublishInput!) {
  publish(input: $input) {
    messageId
    routed
  }
}`;

const PUBLISH_BATCH = `mutation PublishBatch($inputs: [PublishInput!]!) {
  publishBatch(inputs: $inputs) {
    messageId
    routed
  }
}`;

const REQUEST = `mutation Request($input: PublishInput!) {
  request(input: $input) {
    json
  }
}`;

const DELIVERIES = `subscription Deliveries($queue: String!, $prefetch: Int!) {
  deliveries(queue: $queue, prefetch: $prefetch) {
    id
    attempt
    message {
      routingKey
      json
    }
  }
}`;

const ACK = `mutation Ack($ids: [ID!]!) {
  ack(deliveryIds: $ids)
}`;

/** The subscription of all fan-out rows. */
export function messagesOf(exchange: string): GraphQLRequest {
  return { query: MESSAGES, variables: { exchange } };
}

/** Transient, so that the broker's disk has no part in the figures. */
export function publishInput(exchange: string, routingKey: string, body: Buffer) {
  return {
    exchange,
    routingKey,
    body: { json: JSON.parse(body.toString()) as unknown },
    properties: { persistent: false },
  };
}

export type PublishInput = ReturnType<typeof publishInput>;

export function publishOf(input: PublishInput): GraphQLRequest {
  return { query: PUBLISH, variables: { input } };
}

export function publishBatchOf(inputs: readonly PublishInput[]): GraphQLRequest {
  return { query: PUBLISH_BATCH, variables: { inputs } };
}

export function requestOf(input: PublishInput): GraphQLRequest {
  return { query: REQUEST, variables: { input } };
}

export function deliveriesOf(queue: string, prefetch: number): GraphQLRequest {
  return { query: DELIVERIES, variables: { queue, prefetch } };
}

export function ackOf(ids: readonly string[]): GraphQLRequest {
  return { query: ACK, variables: { ids } };
}
