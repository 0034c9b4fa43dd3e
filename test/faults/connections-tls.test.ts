import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { GatewayOptions } from "../../src/gateway.ts";
import { expectNothingInternal } from "../conformance/graphql/support/nothing-internal.ts";
import { ProtocolSocket } from "../conformance/graphql/support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "../conformance/graphql/support/user.ts";
import { createAuthority, type Certified } from "../harness/certificates.ts";
import { eventually } from "../harness/eventually.ts";
import { freePorts } from "../harness/free-ports.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { CONNECTIONS, timesOpened } from "../harness/metric.ts";
import { forceClose } from "../harness/rabbitmq/broker-user.ts";
import { startPrivateRabbitMq } from "../harness/rabbitmq/private.ts";
import type { PrivateRabbitMq } from "../harness/rabbitmq/rabbitmq.ts";

const NAME = "rabbit.example";
const authority = createAuthority("authority");
const otherAuthority = createAuthority("another authority");
const client = authority.issue("gateway");
const otherClient = otherAuthority.issue("gateway");

let folder: string;
let rabbitMq: PrivateRabbitMq;
let tlsPort: number;

const path = (name: string) => join(folder, name);

/** A RabbitMQ that lets in only who shows a certificate of `authority`. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rabbitql-test-tls-"));
  const broker = authority.issue("broker", [NAME, "127.0.0.1"]);
  await writeFile(path("ca.pem"), authority.certificate);
  await writeFile(path("other-ca.pem"), otherAuthority.certificate);
  await writeFile(path("broker.pem"), broker.certificate);
  await writeFile(path("broker-key.pem"), broker.key);
  [tlsPort = 0] = await freePorts(1);
  rabbitMq = await startPrivateRabbitMq({
    configuration: [
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${path("ca.pem")}`,
      `ssl_options.certfile = ${path("broker.pem")}`,
      `ssl_options.keyfile = ${path("broker-key.pem")}`,
      "ssl_options.verify = verify_peer",
      "ssl_options.fail_if_no_peer_cert = true",
    ],
  });
});

afterAll(async () => {
  await rabbitMq.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What the gateway shows, from its next dial on. */
async function show({ certificate, key }: Certified): Promise<void> {
  await writeFile(path("client.pem"), certificate);
  await writeFile(path("client-key.pem"), key);
}

beforeEach(() => show(client));

async function started(options: GatewayOptions & { untilReady?: boolean }): Promise<TestGateway> {
  const gateway = await startGateway({
    broker: "rabbitmq",
    instance: "tls",
    amqpUrl: `amqps://guest:guest@127.0.0.1:${tlsPort}`,
    ...options,
  });
  onTestFinished(() => gateway.close());
  return gateway;
}

const identity = () => ({
  amqpCaFile: path("ca.pem"),
  amqpCertificateFile: path("client.pem"),
  amqpKeyFile: path("client-key.pem"),
});

/** The reason that /readyz gives, once it is this one and none of the connections is there. */
async function told({ url }: TestGateway, reason: RegExp): Promise<unknown> {
  return await eventually(async () => {
    const response = await fetch(`${url}/readyz`);
    const text = await response.text();
    expect(response.status).toBe(503);
    expectNothingInternal([text]);
    const answer = JSON.parse(text) as Record<string, unknown>;
    expect(answer).toMatchObject({
      reason: expect.stringMatching(reason) as unknown,
      connections: CONNECTIONS.map(() => ({ state: "disconnected" })),
    });
    return answer["reason"];
  });
}

describe("over TLS", () => {
  test.each([
    ["the address in the URL", {}],
    ["the name that was given", { amqpServerName: NAME }],
  ])("all connections are, checked against %s", async (_, more) => {
    const gateway = await started({ ...identity(), ...more });
    const exchange = await declared(gateway, "TOPIC");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const feed = await liveFeed(socket, { exchange });
    await published(gateway, { exchange, routingKey: "a" });
    expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "a" }]);
    const seen = await eventually(async () => {
      const connections = await rabbitMq.management("/api/connections");
      return z
        .array(z.object({ ssl: z.boolean(), peer_cert_subject: z.string() }))
        .length(CONNECTIONS.length)
        .parse(connections);
    });
    expect(seen).toEqual(seen.map(() => ({ ssl: true, peer_cert_subject: "CN=gateway" })));
    await socket.close();
    await gateway.close();
    await eventually(async () => expect(await rabbitMq.management("/api/connections")).toEqual([]));
  });

  test.each<[string, () => GatewayOptions, RegExp]>([
    [
      "a broker that nobody known has signed",
      () => ({ ...identity(), amqpCaFile: path("other-ca.pem") }),
      /not trusted/,
    ],
    [
      "a broker of another name",
      () => ({ ...identity(), amqpServerName: "other.example" }),
      /is for another name/,
    ],
    [
      "no certificate of our own",
      () => ({ amqpCaFile: path("ca.pem") }),
      /wants a client certificate/,
    ],
    [
      "no TLS where the broker wants it",
      () => ({ amqpUrl: `amqp://127.0.0.1:${tlsPort}` }),
      /does not speak AMQP/,
    ],
    [
      "TLS where the broker has none",
      () => ({ ...identity(), amqpUrl: rabbitMq.amqpUrl.replace("amqp:", "amqps:") }),
      /does not speak TLS/,
    ],
  ])("%s is told", async (_, options, reason) => {
    const gateway = await started({ ...options(), untilReady: false });
    expect(await told(gateway, reason)).toMatch(reason);
  });
});

test("certificates can be replaced while it runs: a connection stays, and the next dial shows the new ones", async () => {
  const gateway = await started(identity());
  const exchange = await declared(gateway, "TOPIC");
  const socket = await ProtocolSocket.open(gateway.wsUrl);
  const feed = await liveFeed(socket, { exchange });

  await show(otherClient);
  await published(gateway, { exchange, routingKey: "before" });
  expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "before" }]);
  expect(await timesOpened(gateway)).toEqual(CONNECTIONS.map(() => 1));

  expect(await forceClose(rabbitMq, /^rabbitql tls /)).toBe(CONNECTIONS.length);
  expect(await told(gateway, /TLS/)).toMatch(/refused the TLS handshake/);

  await show(authority.issue("gateway"));
  const rightSince = performance.now();
  expect(await nextEvents(feed, 1)).toMatchObject([{ __typename: "Gap", cause: "RECONNECTED" }]);
  await eventually(() => published(gateway, { exchange, routingKey: "after" }));
  expect(await nextEvents(feed, 1)).toMatchObject([{ routingKey: "after" }]);
  expect(performance.now() - rightSince).toBeLessThan(5_000);

  // A file that is gone, or half written, is told by what it should hold.
  await writeFile(path("client-key.pem"), "");
  expect(await forceClose(rabbitMq, /^rabbitql tls /)).toBe(CONNECTIONS.length);
  expect(await told(gateway, /file/)).toBe(
    "The gateway's file with the client certificate's key cannot be read, or is empty",
  );
  await show(client);
  expect(await nextEvents(feed, 1)).toMatchObject([{ __typename: "Gap", cause: "RECONNECTED" }]);
  await socket.close();
});
