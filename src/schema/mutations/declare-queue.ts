import { builder } from "../builder.ts";
import { declareDeadLetterQueue } from "../dead-letter-queue.ts";
import { DeclareQueueInput, queueSpec } from "../inputs/declare-queue-input.ts";
import { declaredQueue } from "../queue-source.ts";
import { QueueObject } from "../types/queue.ts";

builder.mutationField("declareQueue", (t) =>
  t.field({
    type: QueueObject,
    description:
      "Declares a queue, or finds it declared just so. Errors: BAD_USER_INPUT (options that do not go together), PRECONDITION_FAILED (it is there, and declared otherwise: with the argument and both values), FORBIDDEN (a name of the broker's or the gateway's own), NOT_SUPPORTED (what this broker does not have).",
    args: { input: t.arg({ type: DeclareQueueInput, description: "The queue to be there." }) },
    resolve: async (_root, { input }, { broker }) => {
      const spec = queueSpec(input);
      if (input.deadLetterQueue != null)
        await declareDeadLetterQueue(input.deadLetterQueue, spec, broker);
      return declaredQueue(spec, await broker.declareQueue(spec), broker);
    },
  }),
);
