import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { dataOf } from "../../conformance/graphql/support/user.ts";
import { startGateway } from "../../harness/gateway.ts";
import { Example } from "./example.ts";

const DECLARE = `mutation {
  declareQueue(input: { name: "readings", type: STREAM, maxAgeSeconds: 604800 }) { name } }`;
const PUBLISH = `mutation ($inputs: [PublishInput!]!) { publishBatch(inputs: $inputs) { routed } }`;

const counted = (least: number) => (line: string) =>
  Number(/^kitchen: (\d+) readings/.exec(line)?.[1]) >= least;

test("the example of a dashboard counts each reading once, however often it is killed", async () => {
  const gateway = await startGateway({ broker: "rabbitmq" });
  onTestFinished(() => gateway.close());
  const folder = await mkdtemp(join(tmpdir(), "rabbitql-dashboard-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const start = () =>
    Example.start("replaying-dashboard/dashboard.ts", [join(folder, "state.json"), gateway.wsUrl]);
  const measure = async (first: number, count: number) => {
    const inputs = Array.from({ length: count }, (_, place) => ({
      exchange: "",
      routingKey: "readings",
      body: { json: { sensor: "kitchen", celsius: first + place } },
      mandatory: true,
    }));
    dataOf(await gateway.graphql(PUBLISH, { inputs }));
  };
  dataOf(await gateway.graphql(DECLARE));
  for (const first of [1, 101]) {
    await measure(first, 100);
    const killed = start();
    await killed.linesUntil(counted(first + 50));
    await killed.kill();
  }
  await measure(201, 100);
  const dashboard = start();
  expect((await dashboard.linesUntil(counted(300))).at(-1)).toBe(
    "kitchen: 300 readings, 150.5 °C on average",
  );
});
