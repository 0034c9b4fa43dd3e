import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { BrokerAdapter } from "../../../src/broker/adapter.ts";
import { fieldTable } from "../../../src/broker/field-table.ts";
import type { IncomingMessage } from "../../../src/broker/message.ts";
import type { QueueDelivery } from "../../../src/broker/queue-delivery.ts";
import { eventually } from "../../harness/eventually.ts";
import { coded } from "./coded.ts";
import { declared, declaredQueue, message, unique } from "./fixtures.ts";
import type { BrokerHarness } from "./harness.ts";
import { sharedAdapter } from "./shared-adapter.ts";

const ANYHOW = { ifUnused: false, ifEmpty: false };
const IN_TIME = { timeoutMs: 20_000 };

export function requests(harness: BrokerHarness): void {
  const adapter = sharedAdapter(harness);

  test("resolves with the reply", async () => {
    const queue = await declaredQueue(adapter());
    const asked = message("", queue, {
      headers: fieldTable({ what: "sum" }),
      properties: { messageId: "m-1", persistent: false, type: "sum" },
    });
    const replied = adapter().request(asked, IN_TIME);
    const [request] = await taken(adapter(), queue, 1);
    expect(request).toMatchObject({
      body: asked.body,
      headers: { what: "sum" },
      properties: {
        messageId: "m-1",
        type: "sum",
        expirationMs: 20_000,
        replyTo: expect.any(String),
        correlationId: expect.any(String),
      },
    });
    await reply(adapter(), request, "42");
    expect(await replied).toMatchObject({
      text: "42",
      headers: { from: "the responder" },
      properties: { messageId: "reply to m-1" },
    });
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("keeps an expiration that ends sooner, and shortens one that ends later", async () => {
    const queue = await declaredQueue(adapter());
    const expiring = (expirationMs: number) => {
      const properties = { messageId: randomUUID(), persistent: false, expirationMs };
      return adapter().request(message("", queue, { properties }), { timeoutMs: 15_000 });
    };
    const both = [expiring(9_000), expiring(90_000)];
    const taken2 = await taken(adapter(), queue, 2);
    expect(taken2.map(({ properties }) => properties.expirationMs)).toEqual([9_000, 15_000]);
    for (const request of taken2) await reply(adapter(), request, "done");
    await Promise.all(both);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("to no queue is UNROUTABLE at once, to no exchange NOT_FOUND; neighbours go on", async () => {
    const queue = await declaredQueue(adapter());
    const exchange = await declared(adapter(), "direct");
    const missing = unique("missing");
    const good = adapter().request(message("", queue), IN_TIME);
    const [request] = await taken(adapter(), queue, 1);
    await expect(adapter().request(message(exchange, "nobody"), IN_TIME)).rejects.toEqual(
      coded("UNROUTABLE", exchange, "nobody"),
    );
    await expect(adapter().request(message(missing, "a"), IN_TIME)).rejects.toEqual(
      coded("NOT_FOUND", missing),
    );
    await reply(adapter(), request, "still here");
    expect((await good).text).toBe("still here");
    await adapter().deleteQueue(queue, ANYHOW);
    await adapter().deleteExchange(exchange, { ifUnused: true });
  });

  test("without a reply is REQUEST_TIMEOUT, and a late reply goes to nobody", async () => {
    const queue = await declaredQueue(adapter());
    const late = adapter().request(message("", queue), { timeoutMs: 300 });
    const refused = late.catch((error: unknown) => error);
    const [request] = await taken(adapter(), queue, 1);
    expect(await refused).toEqual(coded("REQUEST_TIMEOUT", "300"));
    const next = adapter().request(message("", queue), IN_TIME);
    const [second] = await taken(adapter(), queue, 1);
    await reply(adapter(), request, "too late");
    await reply(adapter(), second, "in time");
    expect((await next).text).toBe("in time");
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("that nobody takes does not outlive its time", async () => {
    const queue = await declaredQueue(adapter());
    await expect(adapter().request(message("", queue), { timeoutMs: 50 })).rejects.toEqual(
      coded("REQUEST_TIMEOUT"),
    );
    await eventually(async () => {
      const reader = await adapter().openReader(queue, { putsBack: true });
      const left = await reader.next();
      await reader.close();
      expect(left).toBeUndefined();
    });
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("has the first of two replies, and the second goes to nobody", async () => {
    const queue = await declaredQueue(adapter());
    const one = adapter().request(message("", queue), IN_TIME);
    const other = adapter().request(message("", queue), IN_TIME);
    const [first, second] = await taken(adapter(), queue, 2);
    for (const text of ["once", "twice"]) await reply(adapter(), first, text);
    await reply(adapter(), { ...incoming(first), correlationId: "made up" }, "for nobody");
    await reply(adapter(), { ...incoming(first), correlationId: undefined }, "for nobody");
    await reply(adapter(), second, "the other's");
    expect([(await one).text, (await other).text]).toEqual(["once", "the other's"]);
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("each has the reply to itself, in whatever order they come, across adapters", async () => {
    const elsewhere = await harness.openAdapter();
    const queue = await declaredQueue(adapter());
    const bodies = Array.from({ length: 100 }, (_, place) => `request ${place}`);
    const replies = bodies.map((body, place) =>
      (place % 2 ? adapter() : elsewhere.adapter).request(
        message("", queue, { body: Buffer.from(body) }),
        IN_TIME,
      ),
    );
    const asked = await taken(adapter(), queue, bodies.length);
    const ids = asked.map(({ properties }) => properties.correlationId);
    expect(new Set(ids).size).toBe(bodies.length);
    for (const request of asked.toReversed())
      await reply(adapter(), request, `reply to ${request.text}`);
    expect((await Promise.all(replies)).map(({ text }) => text)).toEqual(
      bodies.map((body) => `reply to ${body}`),
    );
    await elsewhere.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });

  test("ends with BROKER_UNAVAILABLE where the adapter closes", async () => {
    const queue = await declaredQueue(adapter());
    const other = await harness.openAdapter();
    const asked = other.adapter.request(message("", queue), IN_TIME);
    const refused = asked.catch((error: unknown) => error);
    await taken(adapter(), queue, 1);
    await other.adapter.close();
    expect(await refused).toEqual(coded("BROKER_UNAVAILABLE"));
    await other.close();
    await adapter().deleteQueue(queue, ANYHOW);
  });
}

type Answerable = Pick<IncomingMessage["properties"], "replyTo" | "correlationId" | "messageId">;

function incoming(request: IncomingMessage | undefined): Answerable {
  if (!request) throw new Error("There is no such request");
  return request.properties;
}

async function reply(
  adapter: BrokerAdapter,
  request: IncomingMessage | Answerable | undefined,
  text: string,
): Promise<void> {
  const properties = request && "properties" in request ? request.properties : request;
  if (properties?.replyTo === undefined) throw new Error("Nobody wants a reply");
  const { replyTo, correlationId, messageId } = properties;
  await adapter.publish(
    message("", replyTo, {
      body: Buffer.from(text),
      headers: fieldTable({ from: "the responder" }),
      properties: { messageId: `reply to ${messageId}`, persistent: false, correlationId },
    }),
  );
}

/** Takes so many messages off a queue, as they come, in order. */
async function taken(
  adapter: BrokerAdapter,
  queue: string,
  count: number,
): Promise<IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  await eventually(async () => {
    const reader = await adapter.openReader(queue, { putsBack: false });
    let next: QueueDelivery | undefined;
    while (messages.length < count && (next = await reader.next())) {
      messages.push(next.message);
      next.settle("ack");
    }
    await reader.close();
    expect(messages).toHaveLength(count);
  });
  return messages;
}
