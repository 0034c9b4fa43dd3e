import type { ExchangeType } from "../../broker/topology.ts";
import { builder } from "../builder.ts";
import type { ExchangeSource } from "../exchange-source.ts";
import { fieldTableJson } from "../field-table-json.ts";
import { BindingType } from "./binding.ts";

/** Each of the domain's types has its name here; one that is missing does not compile. */
const EXCHANGE_TYPE_VALUES = {
  DIRECT: {
    value: "direct",
    description: "To the bindings whose key is the message's routing key.",
  },
  FANOUT: { value: "fanout", description: "To every binding." },
  TOPIC: {
    value: "topic",
    description:
      "To the bindings whose pattern matches the key word by word: `*` is one word, `#` any number of them.",
  },
  HEADERS: {
    value: "headers",
    description: "To the bindings whose arguments match the message's headers.",
  },
} as const satisfies Record<Uppercase<ExchangeType>, { value: ExchangeType; description: string }>;

export const ExchangeTypeEnum = builder.enumType("ExchangeType", {
  description: "How an exchange chooses where its messages go (AMQP 0-9-1 section 3.1.3).",
  values: EXCHANGE_TYPE_VALUES,
});

export const ExchangeObject = builder.objectRef<ExchangeSource>("Exchange").implement({
  description: "Where messages are published to; it passes them on along its bindings.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Its name, unique in the virtual host." }),
    type: t.field({
      type: ExchangeTypeEnum,
      nullable: true,
      description: "How it chooses where messages go; null for a type that a broker plugin brings.",
      resolve: (exchange) => exchange.type,
    }),
    typeName: t.string({
      description: 'Its type as the broker says it: "topic", "x-consistent-hash".',
      resolve: (exchange) => exchange.typeName,
    }),
    durable: t.exposeBoolean("durable", { description: "It outlives a restart of the broker." }),
    autoDelete: t.exposeBoolean("autoDelete", {
      description: "It goes when its last binding does.",
    }),
    internal: t.exposeBoolean("internal", {
      description: "It takes messages from other exchanges only.",
    }),
    arguments: t.field({
      type: "JSONObject",
      description: "What it was declared with besides, such as its alternate exchange.",
      resolve: (exchange) => fieldTableJson(exchange.arguments),
    }),
    bindings: t.field({
      type: [BindingType],
      description:
        "Those with this exchange as their source, without those of the gateway's own queues; none of the default exchange. Errors: NOT_SUPPORTED (RabbitMQ's management API cannot be asked).",
      resolve: (exchange) => exchange.bindings(),
    }),
  }),
});
