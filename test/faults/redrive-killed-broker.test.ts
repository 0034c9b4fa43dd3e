import { connect } from "amqplib";
import { expect, onTestFinished, test } from "vitest";
import { dataOf } from "../conformance/graphql/support/user.ts";
import { eventually } from "../harness/eventually.ts";
import { ready, startGateway } from "../harness/gateway.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import { measured } from "./support/measured.ts";

const MESSAGES = 3_000;
const REDRIVE = `mutation { redrive(from: "dead", to: "work") { moved remaining } }`;
const PEEK = `{ peek(queue: "dead", limit: 100) { text } }`;

interface Redriven {
  readonly moved: number;
  readonly remaining: number;
}

/** Redrives while the broker is killed; nothing may be lost, and what is there twice must have been in doubt. */
test("the broker is killed during redrive and peek: nothing is lost, and calling again goes on", async () => {
  const rabbitMq = await startPrivateRabbitMq();
  onTestFinished(() => rabbitMq.dispose());
  const filling = await connect(rabbitMq.amqpUrl);
  filling.on("error", () => {});
  const channel = await filling.createConfirmChannel();
  for (const queue of ["dead", "work"]) await channel.assertQueue(queue, { durable: true });
  const bodies = Array.from({ length: MESSAGES }, (_, place) => String(place));
  for (const body of bodies) channel.sendToQueue("dead", Buffer.from(body), { persistent: true });
  await channel.waitForConfirms();

  const gateway = await startGateway({
    broker: "rabbitmq",
    amqpUrl: rabbitMq.amqpUrl,
    reconnectMinMs: 50,
    reconnectMaxMs: 500,
  });
  onTestFinished(() => gateway.close());
  const redriving = gateway.graphql(REDRIVE);
  const peeking = gateway.graphql(PEEK);
  await eventually(
    async () => {
      expect((await channel.checkQueue("work")).messageCount).toBeGreaterThan(MESSAGES / 10);
    },
    { intervalMs: 5 },
  );
  await rabbitMq.node.kill();
  const cut = await redriving;
  await peeking;
  expect(cut.errors?.map(({ extensions }) => extensions?.["code"])).toEqual([
    expect.stringMatching(/^(?:BROKER_UNAVAILABLE|CONFIRM_UNKNOWN)$/),
  ]);
  expect(cut.errors?.[0]?.message).toMatch(/; \d+ messages were moved before$/);

  await rabbitMq.node.start();
  await ready(gateway);
  const again = dataOf(await gateway.graphql(REDRIVE))["redrive"] as Redriven;
  expect(again.remaining).toBe(0);
  expect(again.moved).toBeGreaterThan(0);

  const taking = await connect(rabbitMq.amqpUrl);
  onTestFinished(() => taking.close());
  const reading = await taking.createChannel();
  const taken: string[] = [];
  for (;;) {
    const message = await reading.get("work", { noAck: true });
    if (!message) break;
    taken.push(message.content.toString());
  }
  const twice = taken.length - new Set(taken).size;
  measured("redrive", `kill -9: ${taken.length} of ${MESSAGES} taken, ${twice} of them twice`);
  expect(new Set(taken)).toEqual(new Set(bodies));
  // Those on their way when the broker went, and those whose acknowledgements it had not written down yet.
  expect(twice).toBeLessThan(
    Number(/; (\d+) messages/.exec(cut.errors?.[0]?.message ?? "")?.[1]) + 200,
  );
  expect(await reading.checkQueue("dead")).toMatchObject({ messageCount: 0 });
}, 120_000);
