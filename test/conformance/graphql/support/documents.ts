/** The operations that several tests ask for, with everything that there is to ask. */

export const PUBLISH = /* GraphQL */ `
  mutation Publish($input: PublishInput!) {
    publish(input: $input) {
      messageId
      exchange
      routingKey
      persistent
      routed
    }
  }
`;

export const PUBLISH_BATCH = /* GraphQL */ `
  mutation PublishBatch($inputs: [PublishInput!]!) {
    publishBatch(inputs: $inputs) {
      messageId
      exchange
      routingKey
      routed
    }
  }
`;

const GAP = /* GraphQL */ `
  fragment GapParts on Gap {
    cause
    from
    until
    dropped
  }
`;

const MESSAGE = /* GraphQL */ `
  fragment MessageParts on Message {
    exchange
    routingKey
    json
    text
    base64
    size
    headers
    properties {
      contentType
      contentEncoding
      persistent
      priority
      correlationId
      replyTo
      expirationMs
      messageId
      timestamp
      type
      userId
      appId
    }
    redelivered
    receivedAt
    cursor
    gap {
      ...GapParts
    }
  }
`;

export const FEED = /* GraphQL */ `
  subscription Feed($exchange: String!, $routingPatterns: [String!], $headers: HeadersMatchInput) {
    feed(exchange: $exchange, routingPatterns: $routingPatterns, headers: $headers) {
      __typename
      ... on Live {
        since
      }
      ...MessageParts
      ...GapParts
    }
  }
  ${MESSAGE}
  ${GAP}
`;

export const MESSAGES = /* GraphQL */ `
  subscription Messages(
    $exchange: String!
    $routingPatterns: [String!]
    $headers: HeadersMatchInput
  ) {
    messages(exchange: $exchange, routingPatterns: $routingPatterns, headers: $headers) {
      ...MessageParts
    }
  }
  ${MESSAGE}
  ${GAP}
`;

export const BROKER_STATE = /* GraphQL */ `
  {
    broker {
      state
      reason
    }
  }
`;

export const BROKER_CHANGES = /* GraphQL */ `
  subscription BrokerChanges {
    broker {
      state
      reason
      since
    }
  }
`;

export const DECLARE_EXCHANGE = /* GraphQL */ `
  mutation DeclareExchange($input: DeclareExchangeInput!) {
    declareExchange(input: $input) {
      name
      type
      typeName
      durable
      autoDelete
      internal
      arguments
    }
  }
`;

export const DELETE_EXCHANGE = /* GraphQL */ `
  mutation DeleteExchange($name: String!, $ifUnused: Boolean! = false) {
    deleteExchange(name: $name, ifUnused: $ifUnused)
  }
`;

export const BIND = /* GraphQL */ `
  mutation Bind($input: BindingInput!) {
    bind(input: $input) {
      source
      destination
      destinationType
      routingKey
      arguments
    }
  }
`;

export const UNBIND = /* GraphQL */ `
  mutation Unbind($input: BindingInput!) {
    unbind(input: $input)
  }
`;

const QUEUE = /* GraphQL */ `
  fragment QueueParts on Queue {
    name
    type
    durable
    autoDelete
    exclusive
    arguments
    messagesReady
    consumers
    bindings {
      source
      destination
      destinationType
      routingKey
      arguments
    }
  }
`;

export const DECLARE_QUEUE = /* GraphQL */ `
  mutation DeclareQueue($input: DeclareQueueInput!) {
    declareQueue(input: $input) {
      ...QueueParts
    }
  }
  ${QUEUE}
`;

export const DELETE_QUEUE = /* GraphQL */ `
  mutation DeleteQueue($name: String!, $ifUnused: Boolean! = false, $ifEmpty: Boolean! = false) {
    deleteQueue(name: $name, ifUnused: $ifUnused, ifEmpty: $ifEmpty)
  }
`;

export const PURGE_QUEUE = /* GraphQL */ `
  mutation PurgeQueue($name: String!) {
    purgeQueue(name: $name)
  }
`;

export const QUEUE_NAMED = /* GraphQL */ `
  query QueueNamed($name: String!) {
    queue(name: $name) {
      ...QueueParts
    }
  }
  ${QUEUE}
`;

export const QUEUES = /* GraphQL */ `
  query Queues {
    queues {
      ...QueueParts
      messagesUnacknowledged
    }
  }
  ${QUEUE}
`;
