/**
 * Takes orders from a queue and has them paid. What fails is tried again, later each time; what has failed four
 * times, or is refused, is a dead letter.
 *
 *     npx tsx examples/order-worker/worker.ts [URL of the payment service] [URL of the gateway]
 *
 * Start as many as you like, and end them how you like: what one has not finished, another gets.
 */
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";

const [payments = "http://127.0.0.1:8080/payments", url = "ws://127.0.0.1:4000/graphql"] =
  process.argv.slice(2);

interface Order {
  readonly id: string;
  readonly total: number;
}

interface Delivery {
  readonly id: string;
  readonly attempt: number;
  readonly message: { readonly json: Order };
}

const DECLARE = `mutation {
  declareQueue(input: { name: "orders", maxPriority: 5, deadLetterQueue: "orders.dead" }) { name }
}`;
const DELIVERIES = `subscription {
  deliveries(queue: "orders", prefetch: 10, maxAttempts: 4) { id attempt message { json } }
}`;
const ACK = "mutation ($id: ID!) { ack(deliveryIds: [$id]) }";
const NACK = "mutation ($id: ID!) { nack(deliveryIds: [$id]) }";
const RETRY =
  "mutation ($id: ID!, $delayMs: Int!) { retry(deliveryIds: [$id], delayMs: $delayMs) }";

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  retryAttempts: Infinity,
  shouldRetry: () => true,
});
process.once("SIGTERM", () => void client.dispose());

async function execute(query: string, variables: Record<string, unknown> = {}): Promise<void> {
  const { value } = await client.iterate({ query, variables }).next();
  if (value?.errors) throw new Error(value.errors[0]?.message);
}

/** False where the order is refused; throws where another attempt may do. */
async function pay({ id, total }: Order): Promise<boolean> {
  const answer = await fetch(payments, {
    method: "POST",
    // An order may come twice; it is paid once, since its key is the same.
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ total }),
  });
  if (answer.status >= 500) throw new Error(`the payment service answered ${answer.status}`);
  return answer.ok;
}

async function work({ id, attempt, message: { json: order } }: Delivery): Promise<void> {
  try {
    const paid = await pay(order);
    await execute(paid ? ACK : NACK, { id });
    console.log(`${order.id}: ${paid ? "paid" : "refused"}`);
  } catch (error) {
    console.log(`${order.id}: attempt ${attempt} failed, ${String(error)}`);
    await execute(RETRY, { id, delayMs: 125 * 2 ** attempt });
  }
}

await execute(DECLARE);
console.log("Waiting for orders");
for await (const { data, errors } of client.iterate<{ deliveries: Delivery }>({
  query: DELIVERIES,
})) {
  if (errors) throw new Error(errors[0]?.message);
  // What cannot be settled has gone back to its queue already, and comes again.
  if (data) work(data.deliveries).catch((error: unknown) => console.error(String(error)));
}
