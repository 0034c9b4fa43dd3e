import { existsSync } from "node:fs";
import { connect } from "amqplib";
import { beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { startPrivateRabbitMq } from "../../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../../harness/rabbitmq/rabbitmq.ts";

describe("a RabbitMQ of a test's own", () => {
  let rabbitMq: PrivateRabbitMq;

  beforeAll(async () => {
    rabbitMq = await startPrivateRabbitMq();
    return () => rabbitMq.dispose();
  });

  test("comes back after a SIGKILL on the same port with what was durable", async () => {
    const before = await connect(rabbitMq.amqpUrl);
    before.on("error", () => undefined);
    await (await before.createChannel()).assertQueue("durable");
    // Mnesia, which keeps the queues of older versions, writes its log to the disk some time after it has answered.
    await rabbitMq.node.ctl("eval", "catch mnesia:sync_log().");
    const lost = new Promise((resolve) => before.on("close", resolve));
    await rabbitMq.node.kill();
    await lost;
    await expect(connect(rabbitMq.amqpUrl)).rejects.toThrow("ECONNREFUSED");

    await rabbitMq.node.start();
    const after = await connect(rabbitMq.amqpUrl);
    await expect((await after.createChannel()).checkQueue("durable")).resolves.toMatchObject({
      queue: "durable",
    });
    await after.close();
  });

  test("answers nothing while it is paused, and goes on where it was", async () => {
    const connection = await connect(rabbitMq.amqpUrl);
    rabbitMq.node.pause();
    onTestFailed(() => rabbitMq.node.resume());
    let answered = false;
    const channel = connection.createChannel().finally(() => (answered = true));
    await expect(connect(rabbitMq.amqpUrl, { timeout: 500 })).rejects.toThrow("ETIMEDOUT");
    expect(answered).toBe(false);

    rabbitMq.node.resume();
    await channel;
    await connection.close();
  });

  test("runs rabbitmqctl against that node, and stops in good order", async () => {
    expect(JSON.parse(await rabbitMq.node.ctl("list_vhosts", "--formatter", "json"))).toEqual([
      { name: "/" },
    ]);
    await rabbitMq.node.stop();
    await expect(rabbitMq.node.ctl("list_vhosts")).rejects.toThrow(
      "The RabbitMQ node is not running",
    );
    await expect(rabbitMq.management("/api/overview")).rejects.toThrow("fetch failed");
    await rabbitMq.node.start();
    await expect(rabbitMq.management("/api/overview")).resolves.toMatchObject({
      product_name: "RabbitMQ",
    });
  });

  test("leaves nothing behind when it is disposed of", async () => {
    const home = await rabbitMq.node.ctl("eval", 'os:getenv("HOME").');
    const folder = home.trim().replaceAll('"', "");
    expect(existsSync(folder)).toBe(true);
    await rabbitMq.dispose();
    expect(existsSync(folder)).toBe(false);
    await expect(rabbitMq.management("/api/overview")).rejects.toThrow("fetch failed");
  });
});
