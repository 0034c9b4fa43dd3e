/** Listens to orders, publishes one, and shows it. */
import type { OrdersSubscription } from "./gql/graphql.ts";
import { orders, publishOrder } from "./operations.ts";
import { createTypedClient } from "./typed-client.ts";

const client = createTypedClient(process.env["GATEWAY_URL"] ?? "ws://localhost:4000/graphql");

for await (const { data, errors } of client.iterate(orders, {})) {
  if (errors) throw new Error(errors[0]?.message);
  if (!data) continue;
  console.log(describe(data.feed));
  if (data.feed.kind === "Live") await publish({ id: 1001, total: 49.9 });
  if (data.feed.kind === "Message") break;
}
await client.close();

async function publish(order: { id: number; total: number }): Promise<void> {
  for await (const { data, errors } of client.iterate(publishOrder, { order })) {
    if (errors) throw new Error(errors[0]?.message);
    console.log(
      `Published: ${data?.publish.routed ? "received by a queue" : "received by nobody"}`,
    );
  }
}

function describe(event: OrdersSubscription["feed"]): string {
  if (event.kind === "Live") return "Live";
  if (event.kind === "Message") return `${event.routingKey}: ${JSON.stringify(event.json)}`;
  return `Missed ${event.dropped ?? "some"}: ${event.cause}`;
}
