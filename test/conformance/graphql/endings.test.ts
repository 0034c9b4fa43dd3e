import { describe, expect, test } from "vitest";
import { exchangeNotFound, noConnection } from "../../../src/broker/broker-errors.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { ProtocolSocket, type Frame } from "./support/protocol-socket.ts";
import { expectNothingInternal } from "./support/nothing-internal.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";
import { openSse } from "./support/sse-stream.ts";

const KEYS = `subscription { messages(exchange: "orders") { routingKey } }`;
/** The same, in words that only graphql-js understands. */
const BY_GRAPHQL_JS = KEYS.replace(") {", ") @include(if: true) {");
const message = (routingKey: string) => new TestMessage({ routingKey });

/** What came for an operation, in the order in which it came. */
function told({ texts }: ProtocolSocket, id: string): unknown[] {
  return texts
    .map((text) => JSON.parse(text) as Frame)
    .filter((frame) => frame.id === id)
    .map(({ type, payload }) => ({ type, payload }));
}

const next = (routingKey: string) => ({
  type: "next",
  payload: { data: { messages: { routingKey } } },
});

const ENDED = {
  type: "error",
  payload: [{ message: expect.any(String), extensions: { code: "BROKER_UNAVAILABLE" } }],
};

describe("a subscription ends", () => {
  test.for([
    ["in a group", KEYS],
    ["by graphql-js", BY_GRAPHQL_JS],
  ] as const)(
    "with an error after everything before it, and nothing after, %s",
    async ([, query]) => {
      const gateway = await scriptedGateway();
      const socket = await ProtocolSocket.open(gateway.wsUrl);
      const [one, other] = [socket.subscribe(query), socket.subscribe(query)];
      const tap = await gateway.liveTap();
      await socket.execute("{ broker { kind } }");
      tap.deliver(message("1"), message("2"));
      tap.end(noConnection());
      expect(await one.ended).toBe("error");
      expect(await other.ended).toBe("error");
      await socket.execute("{ broker { kind } }");
      for (const { id } of [one, other])
        expect(told(socket, id)).toEqual([next("1"), next("2"), ENDED]);
      expect(socket.isOpen).toBe(true);
      await socket.close();
    },
  );

  test("with its error alone where it cannot begin, and the same over SSE", async () => {
    const gateway = await scriptedGateway();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const refused = socket.subscribe(`subscription { all: messages(exchange: "orders") { size } }`);
    (await gateway.adapter.taps.take()).refuse(exchangeNotFound("orders"));
    const result = {
      errors: [
        {
          message: 'There is no exchange "orders"',
          path: ["all"],
          locations: [{ line: 1, column: 16 }],
          extensions: { code: "NOT_FOUND" },
        },
      ],
    };
    expect(await refused.next()).toEqual(result);
    expect(await refused.ended).toBe("complete");
    await socket.close();

    const opening = openSse(gateway, `subscription { all: messages(exchange: "orders") { size } }`);
    (await gateway.adapter.taps.take()).refuse(exchangeNotFound("orders"));
    const stream = await opening;
    await stream.ended;
    expect(await stream.next()).toEqual(result);
    expect(stream.events.map(({ event }) => event)).toEqual(["next", "complete"]);
  });

  test("with a failure that is the gateway's own, and says nothing of it", async () => {
    const gateway = await scriptedGateway();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const refused = socket.subscribe(KEYS);
    (await gateway.adapter.taps.take()).refuse(new Error("amqp://guest:guest@127.0.0.1 is odd"));
    expect((await refused.next()).errors).toMatchObject([
      { path: ["messages"], extensions: { code: "INTERNAL_SERVER_ERROR" } },
    ]);
    expectNothingInternal(socket.texts);
    await socket.close();
  });

  test("over SSE with an error after everything that came before, and the end of the stream", async () => {
    const gateway = await scriptedGateway();
    const opening = openSse(gateway, KEYS);
    const tap = await gateway.liveTap();
    const stream = await opening;
    tap.deliver(message("1"));
    tap.end(noConnection());
    await stream.ended;
    expect(stream.events.map(({ event, data }) => [event, data && JSON.parse(data)])).toEqual([
      ["next", next("1").payload],
      ["next", { errors: ENDED.payload }],
      ["complete", ""],
    ]);
  });

  test("with its client's complete, and nothing of what comes in the same turn", async () => {
    const gateway = await scriptedGateway();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const [leaving, staying] = [socket.subscribe(KEYS), socket.subscribe(KEYS)];
    const tap = await gateway.liveTap();
    await socket.execute("{ broker { kind } }");
    tap.deliver(message("1"));
    await leaving.next();
    leaving.complete();
    await socket.execute("{ broker { kind } }");
    tap.deliver(message("2"));
    await staying.results.takeMany(2);
    expect(told(socket, leaving.id)).toEqual([next("1")]);
    expect(told(socket, staying.id)).toEqual([next("1"), next("2")]);
    await socket.close();
  });
});
