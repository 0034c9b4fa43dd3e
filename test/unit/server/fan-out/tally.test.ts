import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { noConnection } from "../../../../src/broker/broker-errors.ts";
import { Metrics } from "../../../../src/telemetry/metrics.ts";
import { TestMessage } from "../../../harness/test-message.ts";
import { HeldOutlet } from "./held-stream.ts";
import { operation, scriptedFanOut } from "./scripted-fan-out.ts";

const FEED = `subscription { feed(exchange: "orders") { ... on Message { text } } }`;

const message = (bytes = 1) => new TestMessage({ body: Buffer.alloc(bytes, "x") });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A group of three that are live, and what is counted of it. */
async function groupOfThree() {
  const metrics = new Metrics();
  const { adapter, context, fanOut } = scriptedFanOut(
    { maxMessages: 2, maxBytes: 65_536 },
    metrics,
  );
  const outlets = ["a", "b", "c"].map((id) => new HeldOutlet(id));
  const joining = outlets.map(async (outlet) => {
    const member = await fanOut.groupOf(operation(FEED))?.subscribe(outlet, context);
    if (!member || member instanceof GraphQLError) throw new Error("refused", { cause: member });
    return member;
  });
  const tap = await adapter.taps.take();
  tap.goLive();
  const members = await Promise.all(joining);
  const counted = async (series: string) => {
    const line = (await metrics.text()).split("\n").find((text) => text.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  };
  return { tap, outlets, members, counted };
}

test("each member counts as a subscriber, until it leaves or the tap ends", async () => {
  const { tap, members, counted } = await groupOfThree();
  expect(await counted("rabbitql_subscribers")).toBe(3);
  const [first] = members;
  await first?.return?.();
  await first?.return?.();
  expect(await counted("rabbitql_subscribers")).toBe(2);
  tap.end(noConnection());
  expect(await counted("rabbitql_subscribers")).toBe(0);
  for (const member of members) await member.return?.();
  expect(await counted("rabbitql_subscribers")).toBe(0);
});

test("each message counts as received once, and as delivered for each member", async () => {
  const { tap, counted } = await groupOfThree();
  tap.deliver(message(), message());
  await nextTurn();
  expect(await counted("rabbitql_messages_received_total")).toBe(2);
  expect(await counted("rabbitql_messages_delivered_total")).toBe(6);
});

test("a member that is behind is counted for what it is given, and for what is dropped", async () => {
  const { tap, outlets, counted } = await groupOfThree();
  const [slow] = outlets;
  slow?.stream.hold();
  tap.deliver(message(100_000));
  await nextTurn();
  const before = await counted("rabbitql_messages_delivered_total");
  for (let n = 0; n < 6; n++) {
    tap.deliver(message());
    await nextTurn();
  }
  expect(await counted("rabbitql_messages_delivered_total")).toBe(before + 12);
  expect(await counted('rabbitql_gaps_total{cause="slow-consumer"}')).toBe(1);
  slow?.stream.release();
  await nextTurn();
  expect(await counted('rabbitql_messages_dropped_total{by="gateway"}')).toBe(4);
  expect(await counted("rabbitql_messages_delivered_total")).toBe(before + 14);
});
