import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createResponder } from "../../../examples/rpc-responder/responder.ts";
import { codesOf, dataOf } from "../../conformance/graphql/support/user.ts";
import { startGateway } from "../../harness/gateway.ts";

const DECLARE = `mutation { declareQueue(input: { name: "sums" }) { name } }`;
const REQUEST = `mutation ($json: JSON!, $timeoutMs: Int! = 10000) {
  request(input: { exchange: "", routingKey: "sums", body: { json: $json } }, timeoutMs: $timeoutMs) { json }
}`;

test("the example of a responder answers each request with its own reply", async () => {
  const gateway = await startGateway({ broker: "rabbitmq" });
  onTestFinished(() => gateway.close());
  dataOf(await gateway.graphql(DECLARE));
  const connection = { url: gateway.wsUrl, webSocketImpl: WebSocket };
  const client = createResponder(connection, "sums", async ({ json }) => {
    if (!Array.isArray(json)) throw new TypeError("not a list");
    return json.reduce((sum: number, summand: number) => sum + summand, 0);
  });
  onTestFinished(() => client.dispose());
  const sums = Array.from({ length: 20 }, (_, place) => [place, 1, 2]);
  const replies = await Promise.all(sums.map((json) => gateway.graphql(REQUEST, { json })));
  expect(replies.map(dataOf)).toEqual(
    sums.map(([place = 0]) => ({ request: { json: place + 3 } })),
  );
  const unanswerable = { json: "not a list", timeoutMs: 500 };
  expect(codesOf(await gateway.graphql(REQUEST, unanswerable))).toEqual(["REQUEST_TIMEOUT"]);
  expect(dataOf(await gateway.graphql(REQUEST, { json: [1] }))).toEqual({ request: { json: 1 } });
});
