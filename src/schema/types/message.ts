import type { IncomingMessage } from "../../broker/message.ts";
import { builder } from "../builder.ts";
import { jsonTextOf } from "../json-text.ts";
import { SOURCE_ALONE } from "../source-alone.ts";
import { fieldTableJson } from "../field-table-json.ts";
import { GapObject, type GapEvent } from "./gap.ts";
import { MessagePropertiesObject } from "./message-properties.ts";

/** A message as a subscriber gets it. */
export interface MessageEvent {
  readonly message: IncomingMessage;
  readonly gap?: GapEvent | undefined;
  /** Of a message in a stream. */
  readonly cursor?: string;
}

export const MessageObject = builder.objectRef<MessageEvent>("Message").implement({
  extensions: SOURCE_ALONE,
  description: "A message that the broker delivered.",
  fields: (t) => ({
    exchange: t.string({
      description: 'The exchange that it was published to; "" is the default exchange.',
      resolve: ({ message }) => message.exchange,
    }),
    routingKey: t.string({
      description: "The routing key that it was published with.",
      resolve: ({ message }) => message.routingKey,
    }),
    json: t.field({
      type: "JSON",
      nullable: true,
      extensions: jsonTextOf(({ message }: MessageEvent) => message.jsonText),
      description: "The body as JSON; null where it is not JSON.",
      resolve: ({ message }) => message.json,
    }),
    text: t.string({
      nullable: true,
      description: "The body as text; null where it is not UTF-8.",
      resolve: ({ message }) => message.text,
    }),
    base64: t.field({
      type: "Base64",
      description: "The body's bytes, whatever they are.",
      resolve: ({ message }) => message.body,
    }),
    size: t.int({
      description: "The length of the body, in bytes.",
      resolve: ({ message }) => message.body.length,
    }),
    headers: t.field({
      type: "JSONObject",
      description: "The headers; types that JSON lacks as `JSONObject` says.",
      resolve: ({ message }) => fieldTableJson(message.headers),
    }),
    properties: t.field({
      type: MessagePropertiesObject,
      description: "The properties that it was published with.",
      resolve: ({ message }) => message.properties,
    }),
    redelivered: t.boolean({
      description: "The broker has delivered it before, and it was not acknowledged.",
      resolve: ({ message }) => message.redelivered,
    }),
    receivedAt: t.field({
      type: "DateTime",
      description: "When the gateway received it.",
      resolve: ({ message }) => message.receivedAt,
    }),
    cursor: t.string({
      nullable: true,
      description: "Where to resume a stream: `replay(from: {cursor})`. Null outside a stream.",
      resolve: (event) => event.cursor ?? null,
    }),
    gap: t.field({
      type: GapObject,
      nullable: true,
      description:
        "Set on the first message after a stretch in which messages may have been missed.",
      resolve: ({ gap }) => gap ?? null,
    }),
  }),
});
