import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished, expect, test } from "vitest";
import { dataOf } from "../../conformance/graphql/support/user.ts";
import { eventually } from "../../harness/eventually.ts";
import { startGateway } from "../../harness/gateway.ts";
import { Example } from "./example.ts";

const ORDER = `mutation ($order: JSON!) {
  publish(input: { exchange: "", routingKey: "orders", body: { json: $order }, mandatory: true }) { messageId } }`;
const STATE = `{ queue(name: "orders") { messagesReady } dead: peek(queue: "orders.dead", limit: 50) { json } }`;

/** A payment service that answers by `answer`, and hears of each order by its idempotency key. */
async function startPayments(
  answer: (order: string, times: number, response: ServerResponse) => void,
): Promise<{ url: string; times: Map<string, number> }> {
  const times = new Map<string, number>();
  const server = createServer((request: IncomingMessage, response) => {
    const order = String(request.headers["idempotency-key"]);
    times.set(order, (times.get(order) ?? 0) + 1);
    answer(order, times.get(order) ?? 0, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port");
  return { url: `http://127.0.0.1:${address.port}/payments`, times };
}

test("the example of a worker pays what can be paid, tries again, and leaves dead letters", async () => {
  const gateway = await startGateway({ broker: "rabbitmq" });
  onTestFinished(() => gateway.close());
  const hanging = new EventEmitter();
  const hangs = once(hanging, "asked");
  const payments = await startPayments((order, times, response) => {
    if (order === "hung" && times === 1) {
      hanging.emit("asked");
      return;
    }
    if (order === "declined") response.statusCode = 402;
    if (order === "cursed" || (order === "flaky" && times <= 2)) response.statusCode = 503;
    response.end();
  });
  const work = () => Example.start("order-worker/worker.ts", [payments.url, gateway.wsUrl]);

  const killed = work();
  expect(await killed.line()).toBe("Waiting for orders");
  const order = async (id: string) =>
    dataOf(await gateway.graphql(ORDER, { order: { id, total: 9 } }));
  await order("hung");
  await hangs;
  await killed.kill();

  const worker = work();
  for (const id of ["good", "declined", "flaky", "cursed"]) await order(id);
  await eventually(
    async () =>
      expect(dataOf(await gateway.graphql(STATE))).toEqual({
        queue: { messagesReady: 0 },
        dead: expect.arrayContaining(
          ["declined", "cursed"].map((id) => ({ json: { id, total: 9 } })),
        ),
      }),
    { timeoutMs: 20_000 },
  );
  const lines = await worker.linesUntil((line) => line.startsWith("cursed: attempt 4"));
  expect(lines).toEqual(
    expect.arrayContaining([
      "hung: paid",
      "good: paid",
      "declined: refused",
      "flaky: attempt 2 failed, Error: the payment service answered 503",
      "flaky: paid",
    ]),
  );
  expect(Object.fromEntries(payments.times)).toEqual({
    hung: 2,
    good: 1,
    declined: 1,
    flaky: 3,
    cursed: 4,
  });
});
