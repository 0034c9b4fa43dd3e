import type { MessageProperties } from "../../broker/message.ts";
import { builder } from "../builder.ts";
import { SOURCE_ALONE } from "../source-alone.ts";

/** GraphQL's Int has 32 bits (GraphQL specification, section 3.5.1). */
const LARGEST_INT = 2 ** 31 - 1;

export const MessagePropertiesObject = builder
  .objectRef<MessageProperties>("MessageProperties")
  .implement({
    extensions: SOURCE_ALONE,
    description: "The properties that a message was published with (AMQP 0-9-1 section 1.8.1).",
    fields: (t) => ({
      contentType: t.exposeString("contentType", {
        nullable: true,
        description: "The body's media type.",
      }),
      contentEncoding: t.exposeString("contentEncoding", {
        nullable: true,
        description: 'The body\'s encoding, such as "gzip".',
      }),
      persistent: t.exposeBoolean("persistent", {
        description: "It outlives a restart of the broker, in a durable queue.",
      }),
      priority: t.exposeInt("priority", {
        nullable: true,
        description: "From 0 to 255; the higher the sooner, in a queue with priorities.",
      }),
      correlationId: t.exposeString("correlationId", {
        nullable: true,
        description: "Ties a reply to its request.",
      }),
      replyTo: t.exposeString("replyTo", {
        nullable: true,
        description: "The queue that a reply is wanted in.",
      }),
      expirationMs: t.int({
        nullable: true,
        description:
          "How long it may wait in a queue, in milliseconds; null also where that is more than an Int holds.",
        resolve: ({ expirationMs }) =>
          expirationMs !== undefined && expirationMs <= LARGEST_INT ? expirationMs : null,
      }),
      messageId: t.exposeString("messageId", {
        nullable: true,
        description: "The message's own name, given by its publisher.",
      }),
      timestamp: t.expose("timestamp", {
        type: "DateTime",
        nullable: true,
        description: "When it was published, by its publisher's word; whole seconds.",
      }),
      type: t.exposeString("type", {
        nullable: true,
        description: "What kind of message it is, by its publisher's word.",
      }),
      userId: t.exposeString("userId", {
        nullable: true,
        description: "The broker's user that published it, where it said so.",
      }),
      appId: t.exposeString("appId", {
        nullable: true,
        description: "The application that published it.",
      }),
    }),
  });
