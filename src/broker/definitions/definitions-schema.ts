import { z } from "zod";
import { DESTINATION_TYPES, QUEUE_TYPES } from "../topology.ts";

const table = z
  .union([z.record(z.string(), z.unknown()), z.array(z.never())], {
    error: "expected an object",
  })
  .default({});
const virtualHost = z.string().optional();
const name = z.string().min(1, { error: "is empty" });

const exchange = z.object({
  name: z.string(),
  vhost: virtualHost,
  type: name,
  durable: z.boolean().default(true),
  auto_delete: z.boolean().default(false),
  internal: z.boolean().default(false),
  arguments: table,
});

const queue = z.object({
  name,
  vhost: virtualHost,
  type: z.enum(QUEUE_TYPES).optional(),
  durable: z.boolean().default(true),
  auto_delete: z.boolean().default(false),
  arguments: table,
});

const binding = z.object({
  source: z.string(),
  vhost: virtualHost,
  destination: name,
  destination_type: z.enum(DESTINATION_TYPES),
  routing_key: z.string().default(""),
  arguments: table,
});

/** What of an export is loaded (RabbitMQ, "Schema Definition Export and Import"); the rest is counted. */
export const definitionsSchema = z.looseObject({
  exchanges: z.array(exchange).default([]),
  queues: z.array(queue).default([]),
  bindings: z.array(binding).default([]),
});

export type WrittenDefinitions = z.infer<typeof definitionsSchema>;
