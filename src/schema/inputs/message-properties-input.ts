import { builder } from "../builder.ts";

export const MessagePropertiesInput = builder.inputType("MessagePropertiesInput", {
  description:
    "The properties to publish a message with (AMQP 0-9-1 section 1.8.1). Each text has at most 255 bytes.",
  fields: (t) => ({
    contentType: t.string({
      required: false,
      description: "The body's media type; left out: by the kind of body.",
    }),
    contentEncoding: t.string({
      required: false,
      description: 'The body\'s encoding, such as "gzip"; told, not done.',
    }),
    persistent: t.boolean({
      defaultValue: true,
      description: "It outlives a restart of the broker, in a durable queue.",
    }),
    priority: t.int({
      required: false,
      description: "From 0 to 255; the higher the sooner, in a queue with priorities.",
    }),
    correlationId: t.string({ required: false, description: "Ties a reply to its request." }),
    replyTo: t.string({ required: false, description: "The queue that a reply is wanted in." }),
    expirationMs: t.int({
      required: false,
      description: "How long it may wait in a queue, in milliseconds.",
    }),
    messageId: t.string({
      required: false,
      description: "The message's own name; left out: one is made up.",
    }),
    timestamp: t.field({
      type: "DateTime",
      required: false,
      description: "When it was made; left out: now. AMQP keeps whole seconds.",
    }),
    type: t.string({ required: false, description: "What kind of message it is." }),
    userId: t.string({
      required: false,
      description: "The broker's user that the gateway is connected as; no other is taken.",
    }),
    appId: t.string({ required: false, description: "The application that publishes it." }),
  }),
});
