import { onTestFinished, expect, test } from "vitest";
import { dataOf } from "../../conformance/graphql/support/user.ts";
import { startGateway } from "../../harness/gateway.ts";
import { Example } from "./example.ts";

const REQUEST = `mutation {
  request(input: { exchange: "", routingKey: "sums", body: { json: [1, 2] } }) { json } }`;

test("the example of a responder adds up, started as its header says", async () => {
  const gateway = await startGateway({ broker: "rabbitmq" });
  onTestFinished(() => gateway.close());
  const responder = Example.start("rpc-responder/main.ts", [gateway.wsUrl]);
  expect(await responder.line()).toBe("Answering");
  expect(dataOf(await gateway.graphql(REQUEST))).toEqual({ request: { json: 3 } });
});
