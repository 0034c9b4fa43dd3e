/** A tab of GraphiQL: one operation, named as its tab is. */
export interface ExampleOperation {
  readonly query: string;
}

/**
 * What GraphiQL opens with on a first visit. Each runs as it stands on a fresh broker, on the
 * exchanges that every broker has from the start.
 */
export const EXAMPLE_OPERATIONS: readonly ExampleOperation[] = [
  `# Welcome. Run this with the pink button (or Ctrl-Enter)
# to see which broker the gateway speaks to.
#
# Then try the pairs of tabs, one for each type of
# exchange: run a Subscribe, run its Publish, and go back
# to see the message. A subscription goes on while another
# tab is shown.
query StartHere {
  broker {
    kind
    product
    version
    virtualHost
    state
    since
    reason
  }
}
`,
  `# A topic exchange compares the words of the routing key,
# with dots between them, to patterns: "*" is one word,
# "#" is any number of words.
#
# Run this and wait for Live: from then on, every matching
# message arrives. Then run TopicPublish, and come back.
subscription TopicSubscribe {
  feed(
    exchange: "amq.topic"
    routingPatterns: ["order.*", "invoice.#"]
  ) {
    __typename
    ... on Live {
      since
    }
    ... on Message {
      routingKey
      json
      headers
      properties {
        messageId
        timestamp
      }
    }
    ... on Gap {
      cause
      from
      until
      dropped
    }
  }
}
`,
  `# Arrives in TopicSubscribe: "order.*" matches
# "order.created".
#
# The receipt comes when the broker has confirmed the
# message. Its "routed" is false if no queue was bound to
# receive it.
mutation TopicPublish {
  publish(
    input: {
      exchange: "amq.topic"
      routingKey: "order.created"
      body: { json: { id: 1001, total: 49.9, currency: "EUR" } }
      headers: { tenant: "acme" }
    }
  ) {
    messageId
    routed
    persistent
  }
}
`,
  `# A direct exchange delivers if the routing key is exactly
# one of those asked for. "messages" is "feed" without
# Live and Gap.
#
# Run this, then DirectPublish, and come back.
subscription DirectSubscribe {
  messages(
    exchange: "amq.direct"
    routingPatterns: ["user.signed-up", "user.left"]
  ) {
    routingKey
    text
    properties {
      contentType
      type
      appId
    }
    receivedAt
  }
}
`,
  `# Arrives in DirectSubscribe. Because of "mandatory", an
# unroutable message is an error: stop DirectSubscribe and
# run this again to see UNROUTABLE.
mutation DirectPublish {
  publish(
    input: {
      exchange: "amq.direct"
      routingKey: "user.signed-up"
      body: { text: "Ada has signed up" }
      properties: {
        type: "user"
        appId: "graphiql"
        priority: 4
        expirationMs: 60000
      }
      mandatory: true
    }
  ) {
    messageId
    routed
  }
}
`,
  `# A fanout exchange delivers every message, whatever its
# routing key. Run this, then FanoutPublish, and come
# back.
subscription FanoutSubscribe {
  messages(exchange: "amq.fanout") {
    routingKey
    text
    receivedAt
  }
}
`,
  `# Arrives in every subscription to amq.fanout: run
# FanoutSubscribe in a second window too.
mutation FanoutPublish {
  publish(
    input: { exchange: "amq.fanout", body: { text: "The shop is open" } }
  ) {
    messageId
    routed
  }
}
`,
  `# A headers exchange compares headers, and not the routing
# key. ALL: every value must match. ANY: one is enough.
#
# Run this, then HeadersPublish, and come back.
subscription HeadersSubscribe {
  messages(
    exchange: "amq.headers"
    headers: { match: ALL, values: { format: "pdf", urgent: true } }
  ) {
    headers
    text
    receivedAt
  }
}
`,
  `# Arrives in HeadersSubscribe. With "urgent: false" it
# does not, and "routed" is false.
mutation HeadersPublish {
  publish(
    input: {
      exchange: "amq.headers"
      body: { text: "The report of this quarter" }
      headers: { format: "pdf", urgent: true, pages: 12 }
    }
  ) {
    messageId
    routed
  }
}
`,
  `# Several messages at once, each with its own outcome. The
# second fails, for there is no such exchange; the others
# arrive in TopicSubscribe all the same.
mutation PublishBatch {
  publishBatch(
    inputs: [
      {
        exchange: "amq.topic"
        routingKey: "order.paid"
        body: { json: { id: 1001 } }
      }
      {
        exchange: "no.such.exchange"
        routingKey: "order.paid"
        body: { json: { id: 1002 } }
      }
      {
        exchange: "amq.topic"
        routingKey: "invoice.eu.sent"
        body: { json: { id: 1001 } }
      }
    ]
  ) {
    messageId
    routingKey
    routed
  }
}
`,
  `# An exchange can be bound to another. This declares one,
# and has amq.topic pass on to it every message about an
# order.
#
# Run this, then AuditSubscribe, then TopicPublish.
mutation AuditDeclare {
  declareExchange(
    input: { name: "examples.audit", type: FANOUT, durable: false }
  ) {
    name
    type
  }
  bind(
    input: {
      source: "amq.topic"
      destination: "examples.audit"
      destinationType: EXCHANGE
      routingKey: "order.#"
    }
  ) {
    source
    destination
    routingKey
  }
}
`,
  `# What amq.topic passes on to examples.audit, which is
# there once AuditDeclare has run. Then run TopicPublish.
subscription AuditSubscribe {
  messages(exchange: "examples.audit") {
    exchange
    routingKey
    json
    receivedAt
  }
}
`,
  `# Takes back what AuditDeclare did.
mutation AuditDelete {
  unbind(
    input: {
      source: "amq.topic"
      destination: "examples.audit"
      destinationType: EXCHANGE
      routingKey: "order.#"
    }
  )
  deleteExchange(name: "examples.audit")
}
`,
  `# A queue keeps work until it is done. This declares one
# with priorities, and with a queue for dead letters, and
# puts two jobs in.
#
# Run this, then WorkDeliveries.
mutation WorkDeclare {
  declareQueue(
    input: {
      name: "examples.work"
      maxPriority: 9
      deadLetterQueue: "examples.work.dead"
    }
  ) {
    name
    arguments
  }
  publishBatch(
    inputs: [
      {
        exchange: ""
        routingKey: "examples.work"
        body: { text: "Water the plants" }
      }
      {
        exchange: ""
        routingKey: "examples.work"
        body: { text: "Mend the roof" }
        properties: { priority: 9 }
      }
    ]
  ) {
    routed
  }
}
`,
  `# Work from the queue of WorkDeclare, the most urgent
# first, one at a time: the next comes when this one is
# settled. Settle it by its id, in WorkAck or WorkRetry,
# and come back.
#
# Stop this, and what is not settled goes back to the
# queue, for whoever takes it next.
subscription WorkDeliveries {
  deliveries(queue: "examples.work", prefetch: 1, maxAttempts: 3) {
    id
    attempt
    message {
      text
      redelivered
      properties {
        priority
      }
    }
  }
}
`,
  `# The work is done. Put in the id that WorkDeliveries
# shows: any other is DELIVERY_UNKNOWN, and does no harm.
mutation WorkAck {
  ack(deliveryIds: ["the id from WorkDeliveries"])
}
`,
  `# The work comes again in two seconds, with its attempt
# one higher. After the third it is a dead letter: see
# WorkDead.
mutation WorkRetry {
  retry(deliveryIds: ["the id from WorkDeliveries"], delayMs: 2000)
}
`,
  `# What could not be done, and why: see "x-death" in the
# headers. It stays where it is; WorkRedrive moves it.
query WorkDead {
  peek(queue: "examples.work.dead") {
    text
    headers
  }
}
`,
  `# Moves dead letters back to where they came from. They
# begin again with attempt 1 in WorkDeliveries.
mutation WorkRedrive {
  redrive(from: "examples.work.dead") {
    moved
    remaining
  }
}
`,
  `# Takes back what WorkDeclare did, with what is in it.
mutation WorkDelete {
  work: deleteQueue(name: "examples.work")
  dead: deleteQueue(name: "examples.work.dead")
}
`,
  `# Publishes, and waits for the reply. UNROUTABLE while
# nobody has declared the queue, REQUEST_TIMEOUT while
# nobody answers: start examples/rpc-responder first.
mutation RequestReply {
  request(
    input: { exchange: "", routingKey: "sums", body: { json: [1, 2] } }
    timeoutMs: 2000
  ) {
    json
  }
}
`,
  `# A stream keeps its messages when they have been read.
# Streams need RabbitMQ; the embedded broker answers
# NOT_SUPPORTED.
#
# Run this, some times, then StreamReplay.
mutation StreamDeclare {
  declareQueue(
    input: { name: "examples.stream", type: STREAM, maxAgeSeconds: 3600 }
  ) {
    name
    type
  }
  publish(
    input: {
      exchange: ""
      routingKey: "examples.stream"
      body: { json: { celsius: 21.5 } }
    }
  ) {
    routed
  }
}
`,
  `# All that the stream of StreamDeclare has kept, and then
# what comes. With from: { cursor: "…" } it goes on after
# the message that had this cursor.
subscription StreamReplay {
  replay(stream: "examples.stream", from: { position: FIRST }) {
    json
    cursor
    receivedAt
    gap {
      cause
    }
  }
}
`,
  `# Takes back what StreamDeclare did.
mutation StreamDelete {
  deleteQueue(name: "examples.stream")
}
`,
  `# The connection to the broker: now, and at every change.
subscription BrokerWatch {
  broker {
    kind
    state
    since
    reason
  }
}
`,
].map((query) => ({ query }));
