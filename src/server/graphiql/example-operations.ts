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
