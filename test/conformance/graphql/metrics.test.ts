import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import {
  BROKERS,
  startGateway,
  type GatewaySetup,
  type TestGateway,
} from "../../harness/gateway.ts";
import { PUBLISH } from "./support/documents.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { declared, liveFeed, nextEvents, published } from "./support/user.ts";

async function started(setup: GatewaySetup): Promise<TestGateway> {
  const gateway = await startGateway(setup);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function scraped({ url }: TestGateway): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return await response.text();
}

/** The value of a series, as it is written: `name{label="value"}`. */
async function valueOf(gateway: TestGateway, series: string): Promise<number | undefined> {
  const line = (await scraped(gateway)).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe.for(BROKERS)("metrics of a gateway over %s", (broker) => {
  test("count each publish by its outcome, and time it", async () => {
    const gateway = await started({ broker });
    const exchange = await declared(gateway, "FANOUT");
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    await liveFeed(socket, { exchange });
    const empty = await declared(gateway, "TOPIC");
    await published(gateway, { exchange });
    await published(gateway, { exchange });
    await published(gateway, { exchange: empty });
    const body = { text: "a" };
    await gateway.graphql(PUBLISH, { input: { exchange: "nowhere", body } });
    await gateway.graphql(PUBLISH, { input: { exchange: "x".repeat(300), body } });

    const outcome = (name: string) =>
      valueOf(gateway, `rabbitql_publishes_total{outcome="${name}"}`);
    expect(await outcome("confirmed")).toBe(2);
    expect(await outcome("unroutable")).toBe(1);
    expect(await outcome("NOT_FOUND")).toBe(1);
    expect(await outcome("BAD_USER_INPUT")).toBe(1);
    expect(await valueOf(gateway, "rabbitql_publish_seconds_count")).toBe(5);
    expect(await valueOf(gateway, 'rabbitql_publish_seconds_bucket{le="+Inf"}')).toBe(5);
  });

  test("count messages once from the broker and once for each subscriber", async () => {
    const gateway = await started({ broker });
    const exchange = await declared(gateway, "FANOUT");
    const sockets = await Promise.all([1, 2, 3].map(() => ProtocolSocket.open(gateway.wsUrl)));
    const feeds = await Promise.all(sockets.map((socket) => liveFeed(socket, { exchange })));
    await published(gateway, { exchange });
    await Promise.all(feeds.map((feed) => nextEvents(feed, 1)));

    expect(await valueOf(gateway, "rabbitql_messages_received_total")).toBe(1);
    expect(await valueOf(gateway, "rabbitql_messages_delivered_total")).toBe(3);
    expect(await valueOf(gateway, "rabbitql_taps")).toBe(1);
    expect(await valueOf(gateway, "rabbitql_subscribers")).toBe(3);
    expect(await valueOf(gateway, "rabbitql_sockets")).toBe(3);

    const [first, second] = feeds;
    first?.complete();
    second?.complete();
    await eventually(async () => {
      expect(await valueOf(gateway, "rabbitql_subscribers")).toBe(1);
    });
    await sockets[2]?.close();
    await eventually(async () => {
      expect(await valueOf(gateway, "rabbitql_subscribers")).toBe(0);
      expect(await valueOf(gateway, "rabbitql_taps")).toBe(0);
      expect(await valueOf(gateway, "rabbitql_sockets")).toBe(2);
    });
  });

  test("tell how the process is", async () => {
    const text = await scraped(await started({ broker }));
    for (const name of ["nodejs_eventloop_lag_seconds", "process_resident_memory_bytes"])
      expect(text).toMatch(new RegExp(`^${name} `, "m"));
  });

  test("are nobody's where they are switched off", async () => {
    const { url } = await started({ broker, metrics: false });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});

test("metrics name each connection to RabbitMQ, its state, and how often it was opened", async () => {
  const gateway = await started({ broker: "rabbitmq" });
  for (const connection of ["publishing", "consuming", "control", "working"]) {
    const state = `rabbitql_broker_connection{connection="${connection}",state="connected"}`;
    expect(await valueOf(gateway, state)).toBe(1);
    const opened = `rabbitql_broker_connections_opened_total{connection="${connection}"}`;
    expect(await valueOf(gateway, opened)).toBe(1);
  }
});
