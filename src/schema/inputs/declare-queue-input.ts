import type { FieldTable } from "../../broker/field-table.ts";
import type { QueueSpec, QueueType } from "../../broker/topology.ts";
import { CodedError } from "../../errors.ts";
import { builder } from "../builder.ts";
import { toFieldTable } from "../field-table-json.ts";
import { QueueTypeEnum } from "../types/queue.ts";
import { checkClientsQueue } from "../../broker/reserved-name.ts";
import { givenTwice } from "./given-twice.ts";
import {
  checkOptionTypes,
  QUEUE_OPTIONS,
  setOption,
  type QueueOptionName,
} from "./queue-options.ts";

const QueueOverflowEnum = builder.enumType("QueueOverflow", {
  description: "What a queue does with a message past its length (RabbitMQ, “Queue Length Limit”).",
  values: {
    DROP_HEAD: { value: "drop-head", description: "Drops its oldest message, or dead-letters it." },
    REJECT_PUBLISH: {
      value: "reject-publish",
      description: "Refuses the new message: the publish fails with PUBLISH_REFUSED.",
    },
    REJECT_PUBLISH_DLX: {
      value: "reject-publish-dlx",
      description: "Refuses the new message and dead-letters it. Not for quorum queues.",
    },
  } as const,
});

export const DeclareQueueInput = builder.inputType("DeclareQueueInput", {
  description: "A queue to be there.",
  fields: (t) => ({
    name: t.string({
      description:
        'Its name; 1 to 255 bytes. Names that begin with "amq." are the broker\'s own, and with "gql." the gateway\'s.',
    }),
    type: t.field({
      type: QueueTypeEnum,
      defaultValue: "classic",
      description: "What it is made of.",
    }),
    durable: t.boolean({
      defaultValue: true,
      description:
        "It outlives a restart of the broker. RabbitMQ 4.3 takes no other queue, and no version another quorum queue or stream.",
    }),
    autoDelete: t.boolean({
      defaultValue: false,
      description: "It goes when its last consumer does. Classic queues only.",
    }),
    maxPriority: t.int({
      required: false,
      description: "The highest priority that counts, 1 to 255; few are best. Classic queues only.",
    }),
    messageTtlMs: t.int({
      required: false,
      description:
        "How long a message may wait, in milliseconds; then it is dead-lettered, or gone.",
    }),
    expiresMs: t.int({
      required: false,
      description: "The queue goes after so many milliseconds in which nobody used it; 1 or more.",
    }),
    maxLength: t.int({ required: false, description: "How many messages may wait." }),
    maxLengthBytes: t.int({
      required: false,
      description:
        'How many bytes of messages may wait, or a stream may keep; beyond 2147483647 as arguments: {"x-max-length-bytes": …}.',
    }),
    overflow: t.field({
      type: QueueOverflowEnum,
      required: false,
      description: "What happens past that; left out, DROP_HEAD.",
    }),
    deadLetterExchange: t.string({
      required: false,
      description:
        "Where messages go that are rejected, expire or are dropped (RabbitMQ, “Dead Letter Exchanges”).",
    }),
    deadLetterRoutingKey: t.string({
      required: false,
      description: "Under which key; left out, their own.",
    }),
    deadLetterQueue: t.string({
      required: false,
      description:
        "Instead of deadLetterExchange: the queue that they go straight into. It is declared where there is none, durable, of type QUORUM where this one is, else CLASSIC.",
    }),
    deliveryLimit: t.int({
      required: false,
      description:
        "How often a message may come back before it is dead-lettered, or gone. Quorum queues only; left out, 20, as RabbitMQ 4 has it.",
    }),
    singleActiveConsumer: t.boolean({
      required: false,
      description: "Only one consumer at a time is given messages; others take its place.",
    }),
    maxAgeSeconds: t.int({
      required: false,
      description: "How long messages are kept, in seconds; 1 or more. Streams only.",
    }),
    arguments: t.field({
      type: "JSONObject",
      required: false,
      description: "Further arguments, as the broker calls them.",
    }),
  }),
});

/** RabbitMQ's own limit from 4.0 on; older versions have none, and a message can go round for ever. */
const DEFAULT_DELIVERY_LIMIT = 20;

type Given = typeof DeclareQueueInput.$inferInput;

/** As the broker takes it. Throws BAD_USER_INPUT where options do not go together. */
export function queueSpec(given: Given): QueueSpec {
  const type = given.type ?? "classic";
  const [durable, autoDelete] = [given.durable ?? true, given.autoDelete ?? false];
  checkClientsQueue("name", given.name);
  const table = toFieldTable("arguments", given.arguments);
  if ("x-queue-type" in table) throw givenTwice("type", 'arguments["x-queue-type"]');
  for (const name of Object.keys(QUEUE_OPTIONS) as QueueOptionName[]) {
    const value = given[name];
    // Left out and false are the same, and RabbitMQ would tell them apart.
    if (value != null && value !== false) setOption(table, name, value);
  }
  if (given.deadLetterQueue != null) setDeadLetterQueue(table, given, given.deadLetterQueue);
  checkOptionTypes(table, type, given);
  checkDeadLetters(table, given);
  checkType(table, type, { durable, autoDelete });
  if (type === "quorum") table["x-delivery-limit"] ??= DEFAULT_DELIVERY_LIMIT;
  table["x-queue-type"] = type;
  return { name: given.name, type, durable, autoDelete, arguments: table };
}

/** Through the default exchange, which sends a message to the queue that its key names. */
function setDeadLetterQueue(table: FieldTable, given: Given, queue: string): void {
  checkClientsQueue("deadLetterQueue", queue);
  if (queue === "")
    throw new CodedError("BAD_USER_INPUT", "deadLetterQueue is empty; name a queue");
  if (queue === given.name)
    throw new CodedError(
      "BAD_USER_INPUT",
      `deadLetterQueue is ${JSON.stringify(queue)}, the queue itself; name another`,
    );
  for (const name of ["deadLetterExchange", "deadLetterRoutingKey"] as const) {
    const { argument } = QUEUE_OPTIONS[name];
    if (argument in table)
      throw givenTwice(
        "deadLetterQueue",
        given[name] != null ? name : `arguments[${JSON.stringify(argument)}]`,
      );
  }
  table["x-dead-letter-exchange"] = "";
  table["x-dead-letter-routing-key"] = queue;
}

function checkDeadLetters(table: FieldTable, given: Given): void {
  if ("x-dead-letter-routing-key" in table && !("x-dead-letter-exchange" in table))
    throw new CodedError(
      "BAD_USER_INPUT",
      `deadLetterRoutingKey is ${JSON.stringify(given.deadLetterRoutingKey)} and there is no deadLetterExchange; give both`,
    );
}

function checkType(
  table: FieldTable,
  type: QueueType,
  { durable, autoDelete }: { durable: boolean; autoDelete: boolean },
): void {
  if (type === "classic") return;
  const wrong = [
    !durable && "durable: false",
    autoDelete && "autoDelete: true",
    table["x-overflow"] === "reject-publish-dlx" && "overflow: REJECT_PUBLISH_DLX",
  ].find((each) => each !== false);
  if (wrong !== undefined)
    throw new CodedError(
      "BAD_USER_INPUT",
      `${wrong} does not go with type ${type.toUpperCase()}; it takes CLASSIC`,
    );
}
