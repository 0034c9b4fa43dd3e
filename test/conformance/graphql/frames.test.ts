import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestMessage } from "../../harness/test-message.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";
import { dataOf, liveFeed } from "./support/user.ts";

const TEXT = `subscription { messages(exchange: "orders") { text } }`;

/** Read by ws, which closes a socket whose frames are not as RFC 6455 has them. */
describe("what a group writes is a message that any WebSocket reads", () => {
  test.for([125, 126, 127, 65_535, 65_536, 200_000])("of %i bytes", async (length) => {
    const gateway = await scriptedGateway();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const texts = socket.subscribe(TEXT);
    const tap = await gateway.liveTap();
    await socket.execute("{ broker { kind } }");
    const around = JSON.stringify({
      id: texts.id,
      type: "next",
      payload: { data: { messages: { text: "" } } },
    }).length;
    const bodies = ["a", "z"].map((letter) => letter.repeat(length - around));
    // Both in one write.
    tap.deliver(...bodies.map((body) => new TestMessage({ body })));
    const received = await texts.results.takeMany(2);
    expect(received.map(dataOf)).toEqual(bodies.map((text) => ({ messages: { text } })));
    expect(socket.texts.at(-1)).toHaveLength(length);
    await socket.close();
  });

  test("of many bytes a character", async () => {
    const gateway = await scriptedGateway();
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const texts = socket.subscribe(TEXT);
    const tap = await gateway.liveTap();
    await socket.execute("{ broker { kind } }");
    const text = 'ä€😀\u0000\u2028"\\'.repeat(1_000);
    tap.deliver(new TestMessage({ body: text }));
    expect(dataOf(await texts.next())).toEqual({ messages: { text } });
    await socket.close();
  });
});

describe("an id comes back as the client wrote it", () => {
  const ids = [
    "1",
    "x".repeat(1_000),
    "550e8400-e29b-41d4-a716-446655440000",
    '"quoted" and \\backslashed\\',
    "\u0000\n\u001f\u007f",
    "😀",
    "ä€",
    "\u2028",
    "\ud800 half a character",
    "__proto__",
    "constructor",
    "}",
  ];

  test("each of many on one socket, and others at the same time", async () => {
    const gateway = await scriptedGateway();
    const [one, other] = [
      await ProtocolSocket.open(gateway.wsUrl),
      await ProtocolSocket.open(gateway.wsUrl),
    ];
    const operations = [...ids.map((id) => one.start({ query: TEXT }, id)), other.subscribe(TEXT)];
    const tap = await gateway.liveTap();
    for (const socket of [one, other]) await socket.execute("{ broker { kind } }");
    for (const body of ["first", "second"]) {
      tap.deliver(new TestMessage({ body }));
      for (const operation of operations)
        expect(dataOf(await operation.next())).toEqual({ messages: { text: body } });
    }
    await Promise.all([one.close(), other.close()]);
    await tap.closed;
  });

  test("whatever it is", async () => {
    const gateway = await scriptedGateway({ maxOperationsPerSocket: 1_000 });
    const socket = await ProtocolSocket.open(gateway.wsUrl);
    const first = socket.subscribe(TEXT);
    const tap = await gateway.liveTap();
    await socket.execute("{ broker { kind } }");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (id) => {
        const operation = socket.start({ query: TEXT }, `${id}!`);
        // Joins the same tap after it, so that it is live by then.
        const feed = await liveFeed(socket, { exchange: "orders" });
        feed.complete();
        tap.deliver(new TestMessage({ body: id }));
        expect(dataOf(await operation.next())).toEqual({ messages: { text: id } });
        expect(dataOf(await first.next())).toEqual({ messages: { text: id } });
        operation.complete();
        await socket.execute("{ broker { kind } }");
      }),
      { numRuns: 50 },
    );
    await socket.close();
  });
});
