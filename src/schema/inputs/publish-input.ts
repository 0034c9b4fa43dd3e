import { uniqueId } from "../../broker/unique-id.ts";
import { NO_FIELDS } from "../../broker/field-table.ts";
import type { OutgoingMessage } from "../../broker/message.ts";
import { builder } from "../builder.ts";
import { toFieldTable } from "../field-table-json.ts";
import { bodyContent, BodyInput } from "./body-input.ts";
import { MessagePropertiesInput } from "./message-properties-input.ts";

export const PublishInput = builder.inputType("PublishInput", {
  description: "A message, and where it goes.",
  fields: (t) => ({
    exchange: t.string({
      description:
        'The exchange to publish to. "" is the default exchange: the routing key names a queue.',
    }),
    routingKey: t.string({
      defaultValue: "",
      description: "What the exchange compares with its bindings; at most 255 bytes.",
    }),
    body: t.field({ type: BodyInput, description: "What the message says." }),
    headers: t.field({
      type: "JSONObject",
      required: false,
      description:
        "Headers; types that JSON lacks as `JSONObject` says. `CC` and `BCC` are lists of further routing keys.",
    }),
    properties: t.field({
      type: MessagePropertiesInput,
      required: false,
      description: "The message's properties.",
    }),
    mandatory: t.boolean({
      defaultValue: false,
      description:
        "True: a message that no queue receives is an error UNROUTABLE, not `routed: false`.",
    }),
  }),
});

type PropertiesGiven = typeof MessagePropertiesInput.$inferInput;
export type PublishGiven = typeof PublishInput.$inferInput;

/** The message as it goes to the broker: complete, with an id, a time and a content type. */
export function outgoingMessage(given: PublishGiven): OutgoingMessage {
  const { contentType, body } = bodyContent(given.body);
  const properties: Partial<PropertiesGiven> = given.properties ?? {};
  return {
    exchange: given.exchange,
    routingKey: given.routingKey ?? "",
    body,
    headers: given.headers ? toFieldTable("headers", given.headers) : NO_FIELDS,
    properties: {
      contentType: properties.contentType ?? contentType,
      contentEncoding: properties.contentEncoding ?? undefined,
      persistent: properties.persistent ?? true,
      priority: properties.priority ?? undefined,
      correlationId: properties.correlationId ?? undefined,
      replyTo: properties.replyTo ?? undefined,
      expirationMs: properties.expirationMs ?? undefined,
      messageId: properties.messageId ?? uniqueId(),
      timestamp: properties.timestamp ?? new Date(),
      type: properties.type ?? undefined,
      userId: properties.userId ?? undefined,
      appId: properties.appId ?? undefined,
    },
  };
}
