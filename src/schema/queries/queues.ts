import { builder } from "../builder.ts";
import { queueSources } from "../queue-source.ts";
import { QueueObject } from "../types/queue.ts";

builder.queryField("queues", (t) =>
  t.field({
    type: [QueueObject],
    description:
      "Every queue, sorted by name, but for the gateway's own (`gql.`…). Errors: NOT_SUPPORTED (RabbitMQ's management API cannot be asked: the message says what to set), LIMIT_EXCEEDED (more than 10,000).",
    resolve: async (_root, _args, { broker }) => queueSources(await broker.readQueues(), broker),
  }),
);
