/** How a root field is asked for, of an exchange and a queue in `place`. */
export interface RootFieldRow {
  readonly document: string;
  readonly variables: (place: string) => Record<string, unknown>;
  /** What whoever may is told all the same, the embedded broker being what it is. */
  readonly allowed?: readonly string[];
  /** What whoever may not is told: nothing where it is a list, which is then empty. */
  readonly denied?: readonly string[];
  /** It names nothing that could be another's. */
  readonly isOfNoPlace?: boolean;
  /** A subscription that tells of what is published. */
  readonly tells?: "messages";
}

const body = { text: "x" };
const published = (place: string) => ({ exchange: `${place}.e`, routingKey: "a.b", body });
const names = (place: string) => ({ name: `${place}.q` });
const NOTHING = () => ({});

/** What belongs to whoever has received it, and is known to nobody else. */
const NOBODYS = {
  allowed: ["DELIVERY_UNKNOWN"],
  denied: ["DELIVERY_UNKNOWN"],
  isOfNoPlace: true,
} as const;

/** Each root field of the schema; one that is not here fails a test. */
export const ROOT_FIELD_ROWS: Readonly<Record<string, RootFieldRow>> = {
  "Query.broker": {
    document: "{ broker { kind connections { name } taps { exchange } } }",
    variables: NOTHING,
    isOfNoPlace: true,
  },
  "Query.exchanges": {
    document: "{ exchanges { name bindings { source destination } } }",
    variables: NOTHING,
    denied: [],
    isOfNoPlace: true,
  },
  "Query.exchange": {
    document: "query ($name: String!) { exchange(name: $name) { name bindings { source } } }",
    variables: (place) => ({ name: `${place}.e` }),
  },
  "Query.queues": {
    document: "{ queues { name bindings { source } } }",
    variables: NOTHING,
    denied: [],
    isOfNoPlace: true,
  },
  "Query.queue": {
    document: "query ($name: String!) { queue(name: $name) { name messagesReady } }",
    variables: names,
  },
  "Query.peek": {
    document: "query ($queue: String!) { peek(queue: $queue) { text } }",
    variables: (place) => ({ queue: `${place}.purged` }),
  },
  "Mutation.publish": {
    document: "mutation ($input: PublishInput!) { publish(input: $input) { routed } }",
    variables: (place) => ({ input: published(place) }),
  },
  "Mutation.publishBatch": {
    document: "mutation ($inputs: [PublishInput!]!) { publishBatch(inputs: $inputs) { routed } }",
    variables: (place) => ({ inputs: [published(place)] }),
  },
  "Mutation.request": {
    document:
      "mutation ($input: PublishInput!) { request(input: $input, timeoutMs: 100) { text } }",
    variables: (place) => ({ input: { ...published(place), routingKey: "nobody" } }),
    allowed: ["UNROUTABLE"],
  },
  "Mutation.redrive": {
    document: "mutation ($from: String!) { redrive(from: $from) { moved } }",
    variables: (place) => ({ from: `${place}.purged` }),
  },
  "Mutation.ack": {
    document: "mutation ($ids: [ID!]!) { ack(deliveryIds: $ids) }",
    variables: () => ({ ids: ["somebody else's"] }),
    ...NOBODYS,
  },
  "Mutation.nack": {
    document: "mutation ($ids: [ID!]!) { nack(deliveryIds: $ids) }",
    variables: () => ({ ids: ["somebody else's"] }),
    ...NOBODYS,
  },
  "Mutation.retry": {
    document: "mutation ($ids: [ID!]!) { retry(deliveryIds: $ids) }",
    variables: () => ({ ids: ["somebody else's"] }),
    ...NOBODYS,
  },
  "Mutation.declareExchange": {
    document:
      "mutation ($input: DeclareExchangeInput!) { declareExchange(input: $input) { name } }",
    variables: (place) => ({ input: { name: `${place}.e`, type: "TOPIC" } }),
  },
  "Mutation.deleteExchange": {
    document: "mutation ($name: String!) { deleteExchange(name: $name) }",
    variables: (place) => ({ name: `${place}.gone` }),
  },
  "Mutation.declareQueue": {
    document: "mutation ($input: DeclareQueueInput!) { declareQueue(input: $input) { name } }",
    variables: (place) => ({ input: { name: `${place}.q` } }),
  },
  "Mutation.deleteQueue": {
    document: "mutation ($name: String!) { deleteQueue(name: $name) }",
    variables: (place) => ({ name: `${place}.gone` }),
  },
  "Mutation.purgeQueue": {
    document: "mutation ($name: String!) { purgeQueue(name: $name) }",
    variables: (place) => ({ name: `${place}.purged` }),
  },
  "Mutation.bind": {
    document: "mutation ($input: BindingInput!) { bind(input: $input) { source } }",
    variables: (place) => ({
      input: { source: `${place}.e`, destination: `${place}.q`, routingKey: "a.b" },
    }),
  },
  "Mutation.unbind": {
    document: "mutation ($input: BindingInput!) { unbind(input: $input) }",
    variables: (place) => ({
      input: { source: `${place}.e`, destination: `${place}.q`, routingKey: "a.c" },
    }),
  },
  "Subscription.broker": {
    document: "subscription { broker { kind } }",
    variables: NOTHING,
    isOfNoPlace: true,
  },
  "Subscription.messages": {
    document: "subscription ($exchange: String!) { messages(exchange: $exchange) { routingKey } }",
    variables: (place) => ({ exchange: `${place}.e` }),
    tells: "messages",
  },
  "Subscription.deliveries": {
    document: "subscription ($queue: String!) { deliveries(queue: $queue, ack: AUTO) { id } }",
    variables: (place) => ({ queue: `${place}.q` }),
    tells: "messages",
  },
  "Subscription.replay": {
    document:
      "subscription ($stream: String!) { replay(stream: $stream, from: { position: FIRST }) { cursor } }",
    variables: (place) => ({ stream: `${place}.q` }),
    allowed: ["NOT_SUPPORTED"],
  },
  "Subscription.feed": {
    document: "subscription ($exchange: String!) { feed(exchange: $exchange) { __typename } }",
    variables: (place) => ({ exchange: `${place}.e` }),
  },
};
