import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { expectBalanced } from "../harness/books.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway } from "../harness/gateway.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";
import { measured } from "./support/measured.ts";
import { publishingLoad } from "./support/publishing-load.ts";

/** The shortest that there is: as long as the heartbeat. */
const CONFIRM_TIMEOUT_MS = 5_000;
const PUBLISH_WAIT_MS = 500;
/** The gateway's timers run late where two cores do everything. */
const MARGIN_MS = 1_000;
const LONGEST_MS = CONFIRM_TIMEOUT_MS + PUBLISH_WAIT_MS + MARGIN_MS;

/** 500 publishes a second: 25 publishers, each 20 times a second. */
const LOAD = { publishers: 25, everyMs: 50 };

describe("fault 1: under 500 publishes a second, confirmed messages are there and every publish is answered", () => {
  let rabbitMq: PrivateRabbitMq;

  beforeAll(async () => {
    rabbitMq = await startPrivateRabbitMq();
  });
  afterAll(() => rabbitMq.dispose());

  async function underLoad() {
    const { amqpUrl } = rabbitMq;
    const gateway = await startGateway({
      broker: "rabbitmq",
      amqpUrl,
      confirmTimeoutMs: CONFIRM_TIMEOUT_MS,
      publishWaitMs: PUBLISH_WAIT_MS,
      reconnectMinMs: 50,
      reconnectMaxMs: 500,
      heartbeatSeconds: 5,
    });
    onTestFinished(() => gateway.close());
    // An answer that is not there after twice the time that it may take is none.
    const load = await publishingLoad({
      ...gateway,
      ...LOAD,
      amqpUrl,
      patienceMs: 2 * LONGEST_MS,
    });
    // A second of it.
    for (let time = 0; time < 20; time++) await load.flows();
    return load;
  }

  test("when it is killed and started again", async () => {
    const load = await underLoad();
    await rabbitMq.node.kill();
    await rabbitMq.node.start();
    await load.flows();
    await load.settle();
    measured("1", `kill -9: ${load.codes}; slowest answer ${Math.round(load.slowestMs)} ms`);
    expectBalanced(load.books);
    expect(load.books.balance.acknowledged).toBeGreaterThan(LOAD.publishers);
    expect(load.unanswered).toBe(0);
    expect(load.slowestMs).toBeLessThan(LONGEST_MS);
  });

  test("when it stops answering for longer than a confirm may take", async () => {
    const load = await underLoad();
    rabbitMq.node.pause();
    try {
      await eventually(
        () => {
          for (const { codes } of load.publishers)
            expect(codes.get("CONFIRM_UNKNOWN")).toBeGreaterThan(0);
        },
        { timeoutMs: 2 * LONGEST_MS },
      );
    } finally {
      rabbitMq.node.resume();
    }
    await load.flows();
    await load.settle();
    measured("1", `SIGSTOP: ${load.codes}; slowest answer ${Math.round(load.slowestMs)} ms`);
    expectBalanced(load.books);
    expect(load.books.balance.unknown + load.books.balance.duplicated).toBeGreaterThan(0);
    expect(load.unanswered).toBe(0);
    expect(load.slowestMs).toBeLessThan(LONGEST_MS);
  });
});
