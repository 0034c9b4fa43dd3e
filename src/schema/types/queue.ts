import type { QueueType } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import { fieldTableJson } from "../field-table-json.ts";
import type { QueueSource } from "../queue-source.ts";
import { BindingType } from "./binding.ts";

/** Each of the domain's types has its name here; one that is missing does not compile. */
const QUEUE_TYPE_VALUES = {
  CLASSIC: { value: "classic", description: "On one node; with priorities, for one." },
  QUORUM: {
    value: "quorum",
    description: "Replicated, for what may not be lost. Not on the embedded broker.",
  },
  STREAM: {
    value: "stream",
    description: "A log, which keeps what has been read. Not on the embedded broker.",
  },
} as const satisfies Record<Uppercase<QueueType>, { value: QueueType; description: string }>;

export const QueueTypeEnum = builder.enumType("QueueType", {
  description: "What a queue is made of (RabbitMQ, “Queues”).",
  values: QUEUE_TYPE_VALUES,
});

export const QueueObject = builder.objectRef<QueueSource>("Queue").implement({
  description:
    "Where messages wait for whoever consumes them. What AMQP does not tell is asked of RabbitMQ's management API; where that cannot be asked, the fields that need it are an error NOT_SUPPORTED.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Its name, unique in the virtual host." }),
    type: t.field({
      type: QueueTypeEnum,
      nullable: true,
      description: "What it is made of; null for a type that a broker plugin brings.",
      resolve: async (queue) => (await queue.declared()).type,
    }),
    durable: t.boolean({
      description: "It outlives a restart of the broker.",
      resolve: async (queue) => (await queue.declared()).durable,
    }),
    autoDelete: t.boolean({
      description: "It goes when its last consumer does.",
      resolve: async (queue) => (await queue.declared()).autoDelete,
    }),
    exclusive: t.boolean({
      description: "Only the connection that declared it may use it.",
      resolve: async (queue) => (await queue.declared()).exclusive,
    }),
    arguments: t.field({
      type: "JSONObject",
      description: "What it was declared with besides, `x-queue-type` included.",
      resolve: async (queue) => fieldTableJson((await queue.declared()).arguments),
    }),
    messagesReady: t.int({
      description: "Messages that wait for a consumer.",
      resolve: (queue) => queue.messagesReady(),
    }),
    messagesUnacknowledged: t.int({
      nullable: true,
      description:
        "Messages that consumers hold and have not settled; null where the broker has not counted. RabbitMQ tells of one queue up to 5 seconds late.",
      resolve: (queue) => queue.messagesUnacknowledged(),
    }),
    consumers: t.int({
      description: "Its consumers.",
      resolve: (queue) => queue.consumers(),
    }),
    bindings: t.field({
      type: [BindingType],
      description:
        "Those that lead to it, without the one that every queue has with the default exchange.",
      resolve: (queue) => queue.bindings(),
    }),
  }),
});
