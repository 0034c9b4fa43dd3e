import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { ready } from "../harness/gateway.ts";
import { expectBackAt, readingInWords } from "../harness/process-baseline.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import { measured, shortOrLong } from "./support/measured.ts";
import { liveSubscriber, probedGateway } from "./support/probed-gateway.ts";
import { publishingLoad } from "./support/publishing-load.ts";

const ROUNDS = shortOrLong(3, 20);

test(
  `fault 3: ${ROUNDS} stops and starts of the broker leave no socket, timer, listener or memory behind`,
  { timeout: shortOrLong(120_000, 1_200_000) },
  async () => {
    const rabbitMq = await startPrivateRabbitMq();
    onTestFinished(() => rabbitMq.dispose());
    const gateway = await probedGateway({ "amqp-url": rabbitMq.amqpUrl });
    const subscriber = await liveSubscriber({
      name: "subscriber",
      wsUrl: gateway.wsUrl,
      exchange: "amq.topic",
      routingPatterns: ["#"],
    });

    /** Of the gateway itself: publishers come, see that it works, and go. */
    async function works(): Promise<void> {
      await ready(gateway);
      const load = await publishingLoad({
        ...gateway,
        amqpUrl: rabbitMq.amqpUrl,
        publishers: 4,
        everyMs: 5,
        patienceMs: 10_000,
      });
      for (let time = 0; time < 20; time++) await load.flows();
      await load.settle();
      expect(load.books.balance.lost).toBe(0);
    }
    /** Within the application: the connections end as in a shutdown, and the port is closed. */
    async function restart(round: number): Promise<void> {
      const gaps = subscriber.coverage.markers.length;
      await rabbitMq.node.ctl("stop_app");
      await rabbitMq.node.ctl("start_app");
      await subscriber.until(() => subscriber.coverage.markers.length > gaps);
      await works();
      expect(subscriber.coverage.markers.map(({ cause }) => cause)).toEqual(
        Array.from({ length: round }, () => "RECONNECTED"),
      );
    }

    await works();
    await restart(1);
    const before = await gateway.read();
    for (let round = 2; round <= ROUNDS; round++) await restart(round);
    const after = await eventually(
      async () => {
        const reading = await gateway.read();
        expectBackAt(before, reading);
        return reading;
      },
      { timeoutMs: 15_000, intervalMs: 250 },
    );
    measured("3", `before: ${readingInWords(before)}`);
    measured("3", `after ${ROUNDS} restarts: ${readingInWords(after)}`);
    expect([...subscriber.closes, ...subscriber.problems]).toEqual([]);
  },
);
