import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../src/telemetry/logger.ts";
import type { Operation } from "../conformance/graphql/support/operation.ts";
import { expectNothingInternal } from "../conformance/graphql/support/nothing-internal.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { dialledSockets } from "../harness/dialled-sockets.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { CONNECTIONS, timesOpened } from "../harness/metric.ts";
import { createBrokerUser, forceClose, type BrokerUser } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost, type VirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";

const PASSWORDS = ["hunter2-the-first", "hunter2-the-second", "hunter2-the-third"] as const;

interface Setting {
  readonly rabbitMq: VirtualHost;
  readonly user: BrokerUser;
  readonly gateway: TestGateway;
  readonly exchange: string;
  readonly socket: ProtocolSocket;
  readonly feed: Operation;
  readonly log: readonly string[];
  /** How often the gateway has dialled. */
  readonly dials: () => number;
  /** Replaces what the gateway reads when it dials. */
  readonly writeFiles: (name: string, password: string) => Promise<void>;
}

/** A gateway with its credentials in files, every other setting as it comes, and a feed that is live. */
async function withFiles(): Promise<Setting> {
  const rabbitMq = await createVirtualHost(sharedRabbitMq());
  onTestFinished(() => rabbitMq.dispose());
  const user = await createBrokerUser(rabbitMq, PASSWORDS[0]);
  onTestFinished(() => user.remove());
  const folder = await temporaryFolder();
  const [amqpUserFile, amqpPasswordFile] = [join(folder, "user"), join(folder, "password")];
  const writeFiles = async (name: string, password: string) => {
    await writeFile(amqpUserFile, `${name}\n`);
    await writeFile(amqpPasswordFile, `${password}\n`);
  };
  await writeFiles(user.name, PASSWORDS[0]);

  const amqpUrl = new URL(rabbitMq.amqpUrl);
  const proxy = await startTcpProxy({ host: amqpUrl.hostname, port: Number(amqpUrl.port) });
  onTestFinished(() => proxy.close());
  amqpUrl.host = `127.0.0.1:${proxy.port}`;
  amqpUrl.username = amqpUrl.password = "";
  const dialled = dialledSockets(proxy.port);
  onTestFinished(dialled.stop);
  const log: string[] = [];
  const gateway = await startGateway({
    broker: "rabbitmq",
    instance: "files",
    amqpUrl: amqpUrl.href,
    amqpUserFile,
    amqpPasswordFile,
    logger: createLogger({
      level: "trace",
      destination: { write: (line) => void log.push(line) },
    }),
  });
  onTestFinished(() => gateway.close());
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feed = await liveFeed(socket, { exchange });
  const dials = () => dialled.times.length;
  return { rabbitMq, user, gateway, exchange, socket, feed, log, dials, writeFiles };
}

/** Until the gateway has been refused so often that it waits as long as it ever does. */
async function refusedForLong({ gateway, dials }: Setting): Promise<void> {
  const enough = dials() + CONNECTIONS.length * 5;
  await eventually(() => expect(dials()).toBeGreaterThanOrEqual(enough), { timeoutMs: 20_000 });
  const response = await fetch(`${gateway.url}/readyz`);
  const text = await response.text();
  expect(response.status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({
    broker: "disconnected",
    reason: "The broker refused the user name or the password",
    interruptedTaps: 1,
  });
  expectNothingInternal([text]);
}

/** Until what is published reaches the feed, after one gap; how long that has taken, in milliseconds. */
async function flowsAfterMs({ gateway, exchange, feed }: Setting, key: string): Promise<number> {
  const rightSince = performance.now();
  const [gap] = await nextEvents(feed, 1);
  expect(gap).toMatchObject({ __typename: "Gap", cause: "RECONNECTED" });
  await eventually(() => published(gateway, { exchange, routingKey: key }));
  expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: key, gap: null }]);
  return performance.now() - rightSince;
}

function expectNoSecret({ log, socket }: Setting): void {
  expect(log.length).toBeGreaterThan(0);
  for (const password of PASSWORDS) expect(log.join("")).not.toContain(password);
  expectNothingInternal(socket.texts);
}

test("fault 30: a user that is deleted and made again: the same subscription goes on within 5 s", async () => {
  const setting = await withFiles();
  const { user, writeFiles } = setting;
  await user.remove();
  await refusedForLong(setting);
  await writeFiles(user.name, PASSWORDS[1]);
  await user.create(PASSWORDS[1]);
  expect(await flowsAfterMs(setting, "made-again")).toBeLessThan(5_000);
  expectNoSecret(setting);
  await setting.socket.close();
});

test("fault 30: a password that is changed: the same subscription goes on within 5 s of the file's being right", async () => {
  const setting = await withFiles();
  const { rabbitMq, user, writeFiles } = setting;
  await user.setPassword(PASSWORDS[1]);
  expect(await forceClose(rabbitMq, /^rabbitql files /)).toBe(CONNECTIONS.length);
  await refusedForLong(setting);
  await writeFiles(user.name, PASSWORDS[1]);
  expect(await flowsAfterMs(setting, "written-again")).toBeLessThan(5_000);

  // And the other way round: the file first, and the broker is put right.
  await writeFiles(user.name, PASSWORDS[2]);
  expect(await forceClose(rabbitMq, /^rabbitql files /)).toBe(CONNECTIONS.length);
  await refusedForLong(setting);
  await user.setPassword(PASSWORDS[2]);
  expect(await flowsAfterMs(setting, "let-in-again")).toBeLessThan(5_000);
  expectNoSecret(setting);
  await setting.socket.close();
});

test("files that change, or go, cost no connection that the broker is content with", async () => {
  const setting = await withFiles();
  const { user, gateway, exchange, feed, dials, writeFiles } = setting;
  const before = { dials: dials(), opened: await timesOpened(gateway) };
  await writeFiles("nobody", "nothing");
  await published(gateway, { exchange, routingKey: "nobody" });
  await writeFiles("", "");
  await published(gateway, { exchange, routingKey: "empty" });
  expect(await nextEvents(feed, 2)).toMatchObject([
    { routingKey: "nobody" },
    { routingKey: "empty" },
  ]);
  expect({ dials: dials(), opened: await timesOpened(gateway) }).toEqual(before);

  expect(await forceClose(setting.rabbitMq, /^rabbitql files /)).toBe(CONNECTIONS.length);
  await eventually(async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(await response.json()).toMatchObject({
      reason: expect.stringMatching(/^The gateway's file with .* cannot be read, or is empty$/),
    });
  });
  await writeFiles(user.name, PASSWORDS[0]);
  expect(await flowsAfterMs(setting, "filled")).toBeLessThan(5_000);
  expectNoSecret(setting);
  await setting.socket.close();
});
