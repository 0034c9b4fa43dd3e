import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../src/telemetry/logger.ts";
import { expectNothingInternal } from "../conformance/graphql/support/nothing-internal.ts";
import { dialledSockets } from "../harness/dialled-sockets.ts";
import { eventually } from "../harness/eventually.ts";
import { startGateway } from "../harness/gateway.ts";
import { createBrokerUser, type BrokerUser } from "../harness/rabbitmq/broker-user.ts";
import { sharedRabbitMq } from "../harness/rabbitmq/shared.ts";
import { createVirtualHost, type VirtualHost } from "../harness/rabbitmq/virtual-host.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";

const PASSWORD = "hunter2-of-the-refused";
const TIMES = { reconnectMinMs: 200, reconnectMaxMs: 400 };

let rabbitMq: VirtualHost;
/** Who may do everything, and who may not enter the virtual host. */
let user: BrokerUser;
let stranger: BrokerUser;

beforeAll(async () => {
  rabbitMq = await createVirtualHost(sharedRabbitMq());
  user = await createBrokerUser(rabbitMq, PASSWORD);
  stranger = await createBrokerUser(rabbitMq, PASSWORD, null);
});

afterAll(async () => {
  await Promise.all([user.remove(), stranger.remove()]);
  await rabbitMq.dispose();
});

const AS: Readonly<Record<string, { url: () => string; reason: RegExp }>> = {
  "a wrong password": {
    url: () => user.amqpUrl.replace(PASSWORD, `${PASSWORD}-of-yesterday`),
    reason: /^The broker refused the user name or the password$/,
  },
  "a virtual host that is not there": {
    url: () => user.amqpUrl.replace(/[^/]+$/, randomUUID()),
    reason: /^The broker refused the virtual host: it does not exist, or the user may not use it$/,
  },
  "a virtual host that the user may not enter": {
    url: () => stranger.amqpUrl,
    reason: /^The broker refused the virtual host: it does not exist, or the user may not use it$/,
  },
};

test.for(Object.entries(AS))(
  "fault 13: %s is told within 5 s, at a measured pace, and no secret with it",
  async ([, { url, reason }]) => {
    const amqpUrl = new URL(url());
    const proxy = await startTcpProxy({ host: amqpUrl.hostname, port: Number(amqpUrl.port) });
    onTestFinished(() => proxy.close());
    amqpUrl.host = `127.0.0.1:${proxy.port}`;
    const dialled = dialledSockets(proxy.port);
    onTestFinished(dialled.stop);
    const lines: string[] = [];
    const logger = createLogger({
      level: "trace",
      destination: { write: (line) => void lines.push(line) },
    });

    const startedAt = performance.now();
    const gateway = await startGateway({
      broker: "rabbitmq",
      amqpUrl: amqpUrl.href,
      untilReady: false,
      logger,
      ...TIMES,
    });
    onTestFinished(() => gateway.close());
    await eventually(async () => {
      const response = await fetch(`${gateway.url}/readyz`);
      const text = await response.text();
      expect(response.status).toBe(503);
      const refused = { state: "disconnected", reason: expect.stringMatching(reason) as unknown };
      expect(JSON.parse(text)).toMatchObject({
        status: "unavailable",
        broker: "disconnected",
        reason: expect.stringMatching(reason) as unknown,
        connections: [
          { name: "publishing", ...refused },
          { name: "consuming", ...refused },
          { name: "control", ...refused },
          { name: "working", ...refused },
        ],
      });
      expectNothingInternal([text]);
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);

    // Of 17 dials one connection has made 5, with 4 waits between them.
    await eventually(() => expect(dialled.times.length).toBeGreaterThanOrEqual(17));
    const { reconnectMinMs: first, reconnectMaxMs: longest } = TIMES;
    const leastWaits = [first, 2 * first, longest, longest].map((ms) => Math.min(ms, longest) / 2);
    const least = leastWaits.reduce((sum, ms) => sum + ms, 0);
    expect((dialled.times[16] ?? 0) - (dialled.times[0] ?? 0)).toBeGreaterThanOrEqual(least);

    await gateway.close();
    const log = lines.join("");
    expect(log).toMatch(/"level":"warn".*"connection":"publishing".*"state":"disconnected"/);
    expect(log).not.toContain(PASSWORD);
    // One line a change, however often it is tried.
    const warnings = lines.filter((line) => /"level":"warn"/.test(line));
    expect(warnings).toHaveLength(4);
  },
);
