import { CodedError } from "../../errors.ts";
import { builder } from "../builder.ts";
import { PublishInput } from "../inputs/publish-input.ts";
import { PublishReceiptObject } from "../types/publish-receipt.ts";
import { publish } from "./publish.ts";

builder.mutationField("publishBatch", (t) =>
  t.field({
    type: [PublishReceiptObject],
    nullable: { list: false, items: true },
    description:
      "Publishes many messages at once. One receipt for each, in order; a failed one is null and has its own error at its path, and the others are published all the same.",
    args: {
      inputs: t.arg({ type: [PublishInput], description: "The messages, and where they go." }),
    },
    resolve: (_root, { inputs }, { broker, maxBatchSize }) => {
      if (inputs.length > maxBatchSize)
        throw new CodedError(
          "LIMIT_EXCEEDED",
          `inputs has ${inputs.length} entries; at most ${maxBatchSize} are taken`,
          { limit: "maxBatchSize" },
        );
      // Each item has an error of its own (GraphQL specification, section 6.4.4, "Handling Execution Errors").
      return inputs.map((input) => publish(broker, input));
    },
  }),
);
