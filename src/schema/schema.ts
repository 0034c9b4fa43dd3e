import {
  lexicographicSortSchema,
  printSchema as printGraphQLSchema,
  type GraphQLSchema,
} from "graphql";
import { builder } from "./builder.ts";
import "./scalars/register-scalars.ts";
import "./queries/broker.ts";
import "./queries/exchanges.ts";
import "./queries/exchange.ts";
import "./queries/queues.ts";
import "./queries/queue.ts";
import "./queries/peek.ts";
import "./mutations/publish.ts";
import "./mutations/publish-batch.ts";
import "./mutations/declare-exchange.ts";
import "./mutations/delete-exchange.ts";
import "./mutations/declare-queue.ts";
import "./mutations/delete-queue.ts";
import "./mutations/purge-queue.ts";
import "./mutations/bind.ts";
import "./mutations/unbind.ts";
import "./mutations/request.ts";
import "./mutations/redrive.ts";
import "./mutations/ack.ts";
import "./mutations/nack.ts";
import "./mutations/retry.ts";
import "./subscriptions/messages.ts";
import "./subscriptions/feed.ts";
import "./subscriptions/replay.ts";
import "./subscriptions/broker.ts";
import "./subscriptions/deliveries.ts";

builder.queryType({ description: "Reading." });
builder.mutationType({
  description:
    "Publishing, and making exchanges, queues and bindings. The fields of one operation run one after another.",
});
builder.subscriptionType({ description: "Listening. One field an operation." });

/** The public contract, as code. */
export const schema: GraphQLSchema = lexicographicSortSchema(builder.toSchema());

/** The schema in GraphQL's own language, sorted, with descriptions. */
export function printSchema(): string {
  return `${printGraphQLSchema(schema)}\n`;
}
