import type { BrokerAccess } from "../../access/broker-access.ts";
import type { PublishReceipt } from "../../broker/publish-receipt.ts";
import { promised } from "../../promised.ts";
import { builder } from "../builder.ts";
import { outgoingMessage, PublishInput, type PublishGiven } from "../inputs/publish-input.ts";
import { PublishReceiptObject } from "../types/publish-receipt.ts";

builder.mutationField("publish", (t) =>
  t.field({
    type: PublishReceiptObject,
    description:
      "Publishes a message, and answers when the broker has confirmed it. Errors: NOT_FOUND (no such exchange), UNROUTABLE, PUBLISH_REFUSED, MESSAGE_TOO_LARGE, BROKER_UNAVAILABLE, BROKER_BLOCKED and BUSY (not sent), CONFIRM_UNKNOWN (sent; whether it was taken is not known).",
    args: { input: t.arg({ type: PublishInput, description: "The message, and where it goes." }) },
    resolve: (_root, { input }, { broker }) => publish(broker, input),
  }),
);

/** One message from what was given to its receipt. Rejects, and never throws: of many, each has its own error. */
export function publish(broker: BrokerAccess, given: PublishGiven): Promise<PublishReceipt> {
  return promised(() =>
    broker.publish(outgoingMessage(given), {
      mandatory: given.mandatory ?? false,
      idGiven: given.properties?.messageId != null,
    }),
  );
}
