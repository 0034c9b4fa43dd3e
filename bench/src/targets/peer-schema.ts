/**
 * The part of the gateway's schema that the rows use, with the same names. Its input fields have no
 * defaults: graphql-jit would take those that have, and are not nullable, for missing.
 */
export const TYPE_DEFINITIONS = `
scalar JSON
scalar JSONObject
scalar Base64
scalar DateTime

type Query {
  ready: Boolean!
}

type Mutation {
  publish(input: PublishInput!): PublishReceipt!
  publishBatch(inputs: [PublishInput!]!): [PublishReceipt]!
}

type Subscription {
  messages(exchange: String!): Message!
}

type Message {
  exchange: String!
  routingKey: String!
  json: JSON
  size: Int!
  redelivered: Boolean!
}

type PublishReceipt {
  messageId: ID!
  routed: Boolean!
}

input PublishInput {
  exchange: String!
  routingKey: String!
  body: BodyInput!
  headers: JSONObject
  properties: MessagePropertiesInput
  mandatory: Boolean
}

input BodyInput {
  json: JSON
  text: String
  base64: Base64
}

input MessagePropertiesInput {
  contentType: String
  persistent: Boolean
  messageId: String
  timestamp: DateTime
}
`;
