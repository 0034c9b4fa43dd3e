import { describe, expect, onTestFinished, test } from "vitest";
import { startGateway } from "../../harness/gateway.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { openRawSocket, type RawSocket } from "./support/raw-socket.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";
import { declared, published, queuesBehind } from "./support/user.ts";
import { eventually } from "../../harness/eventually.ts";

const feed = (exchange: string) => ({
  query: `subscription { feed(exchange: "${exchange}") { __typename ... on Message { routingKey } } }`,
});
const subscribe = (id: string, exchange: string) => ({
  id,
  type: "subscribe",
  payload: feed(exchange),
});
const complete = (id: string) => ({ id, type: "complete" });

const LIVE = { __typename: "Live" };
const message = (routingKey: string) => new TestMessage({ routingKey });
const received = (routingKey: string) => ({ __typename: "Message", routingKey });

/** What came for an operation: the events, and how it ended if it did. */
function told(client: RawSocket, id: string): unknown[] {
  return client
    .frames()
    .map(({ payload }) => JSON.parse(String(payload)) as Told)
    .filter((frame) => frame.id === id)
    .map(({ type, payload }) => (type === "next" ? payload?.data?.feed : type));
}

interface Told {
  readonly id?: string;
  readonly type: string;
  readonly payload?: { readonly data?: { readonly feed?: unknown } };
}

describe("an id that is used again in the segment that completes its operation", () => {
  test("means the new one, while the first is still opening", async () => {
    const { adapter, port } = await scriptedGateway();
    const client = await openRawSocket(port);
    client.send(subscribe("1", "a"), complete("1"), subscribe("1", "b"));
    const [first, second] = [await adapter.taps.take(), await adapter.taps.take()];
    expect([first.spec.exchange, second.spec.exchange]).toEqual(["a", "b"]);

    first.goLive();
    first.deliver(message("of a"));
    await first.closed;
    second.goLive();
    await client.until(2);
    second.deliver(message("of b"));
    await client.until(3);
    expect(told(client, "1")).toEqual([LIVE, received("of b")]);
  });

  test("means the new one, where the first would have been live at once", async () => {
    const { adapter, port } = await scriptedGateway();
    const [other, client] = [await openRawSocket(port), await openRawSocket(port)];
    other.send(subscribe("other", "a"));
    const first = await adapter.taps.take();
    first.goLive();
    await other.until(2);
    client.send(subscribe("1", "a"), complete("1"), subscribe("1", "b"));
    const second = await adapter.taps.take();
    second.goLive();
    await client.until(2);
    first.deliver(message("of a"));
    await other.until(3);
    second.deliver(message("of b"));
    await client.until(3);
    expect(told(client, "1")).toEqual([LIVE, received("of b")]);
    expect(told(other, "other")).toEqual([LIVE, received("of a")]);
  });

  test("means the new one, where the first is live", async () => {
    const { adapter, port } = await scriptedGateway();
    const client = await openRawSocket(port);
    client.send(subscribe("1", "a"));
    const first = await adapter.taps.take();
    first.goLive();
    await client.until(2);
    client.send(complete("1"), subscribe("1", "b"));
    const second = await adapter.taps.take();
    await first.closed;
    second.goLive();
    await client.until(3);
    second.deliver(message("of b"));
    await client.until(4);
    expect(told(client, "1")).toEqual([LIVE, LIVE, received("of b")]);
    client.socket.destroy();
    await second.closed;
  });

  test("means the new one, where that is wrong and the first is live", async () => {
    const { adapter, port } = await scriptedGateway();
    const client = await openRawSocket(port);
    client.send(subscribe("1", "a"));
    const first = await adapter.taps.take();
    first.goLive();
    await client.until(2);
    client.send(complete("1"), { id: "1", type: "subscribe", payload: { query: "{" } });
    await client.until(3);
    await first.closed;
    client.send(subscribe("1", "b"));
    (await adapter.taps.take()).goLive();
    await client.until(4);
    expect(told(client, "1")).toEqual([LIVE, "error", LIVE]);
  });

  test("means the new one, where the first is refused", async () => {
    const { adapter, port } = await scriptedGateway();
    const client = await openRawSocket(port);
    client.send(subscribe("1", "a"), complete("1"), subscribe("1", "b"));
    const [first, second] = [await adapter.taps.take(), await adapter.taps.take()];
    first.refuse(new Error("there is no a"));
    second.goLive();
    await client.until(2);
    second.deliver(message("of b"));
    await client.until(3);
    expect(told(client, "1")).toEqual([LIVE, received("of b")]);
  });

  test("leaves nothing of the first at the broker", async () => {
    const gateway = await startGateway({ broker: "rabbitmq" });
    onTestFinished(() => gateway.close());
    const [a, b] = [await declared(gateway, "FANOUT"), await declared(gateway, "FANOUT")];
    const client = await openRawSocket(Number(new URL(gateway.url).port));
    client.send(subscribe("1", a), complete("1"), subscribe("1", b));
    await client.until(2);
    expect(await published(gateway, { exchange: b, routingKey: "of b" })).toMatchObject({
      routed: true,
    });
    await client.until(3);
    await eventually(async () =>
      expect(await published(gateway, { exchange: a })).toMatchObject({ routed: false }),
    );
    expect(told(client, "1")).toEqual([LIVE, received("of b")]);
    client.socket.destroy();
    await eventually(async () =>
      expect(await published(gateway, { exchange: b })).toMatchObject({ routed: false }),
    );
    await eventually(async () => expect(await queuesBehind(gateway)).toEqual([]));
  });
});
