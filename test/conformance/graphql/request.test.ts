import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { BROKERS } from "../../harness/gateway.ts";
import { onlyOn, rowsOn } from "./support/only-on.ts";
import { PUBLISH } from "./support/documents.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { sharedGateway, withSocket } from "./support/shared-gateway.ts";
import { codesOf, dataOf, declared, published } from "./support/user.ts";
import { declaredQueue, settled } from "./support/work.ts";

const REQUEST = `mutation ($input: PublishInput!, $timeoutMs: Int! = 10000) {
  request(input: $input, timeoutMs: $timeoutMs) {
    text json exchange headers properties { correlationId messageId contentType } redelivered cursor gap { cause }
  }
}`;

const REQUESTS = `subscription ($queue: String!) {
  deliveries(queue: $queue, prefetch: 600) {
    id message { text headers properties { replyTo correlationId } }
  }
}`;

interface Asking {
  readonly id: string;
  readonly message: {
    readonly text: string;
    readonly headers: Record<string, unknown>;
    readonly properties: { readonly replyTo: string; readonly correlationId: string };
  };
}

interface Asked {
  readonly body: string;
  readonly replyTo: string;
  readonly correlationId: string;
  readonly headers: Record<string, unknown>;
}

/** What RabbitMQ would write an address for replies as, with this term of Erlang's in it. */
function address(term: Buffer): string {
  return `amq.rabbitmq.reply-to.${term.toString("base64")}.c7y2OfVupe2B9FfbkK0T1A==`;
}

/** A process of a node, in Erlang's "External Term Format". */
function ofNode(node: string): Buffer {
  const ids = Buffer.from([0, 0, 3, 23, 0, 0, 0, 0, 107, 9, 139, 208]);
  return Buffer.concat([Buffer.from([131, 88, 119, node.length]), Buffer.from(node), ids]);
}

describe.each(BROKERS)("request on %s", (kind) => {
  const gateway = sharedGateway({
    broker: kind,
    requestsInFlight: 500,
    requestMaxTimeoutMs: 30_000,
  });
  const request = (input: Record<string, unknown>, timeoutMs = 10_000) =>
    gateway().graphql(REQUEST, { input: { body: { text: "?" }, ...input }, timeoutMs });
  const refused = async (input: Record<string, unknown>, timeoutMs?: number) => {
    const result = await request(input, timeoutMs);
    return { codes: codesOf(result), message: result.errors?.[0]?.message };
  };

  /** A queue whose messages are answered by `answer`, over the gateway itself. */
  async function responder(answer: (asked: Asked) => Promise<unknown>): Promise<string> {
    const queue = await declaredQueue(gateway());
    await respond(queue, answer);
    return queue;
  }

  async function respond(queue: string, answer: (asked: Asked) => Promise<unknown>): Promise<void> {
    const socket = await ProtocolSocket.open(gateway().wsUrl);
    onTestFinished(() => socket.close());
    const requests = socket.subscribe(REQUESTS, { queue });
    void (async () => {
      for (;;) {
        const { id, message } = dataOf(await requests.next())["deliveries"] as Asking;
        await settled(gateway(), "ack", [id]);
        const { text: body, headers, properties } = message;
        void answer({ body, headers, ...properties });
      }
    })().catch(() => {});
  }

  const reply = ({ replyTo, correlationId }: Asked, text: string) =>
    published(gateway(), {
      exchange: "",
      routingKey: replyTo,
      body: { text },
      properties: { correlationId, messageId: "a reply", persistent: false },
    });

  test("is answered with the reply, which any client may publish", async () => {
    const queue = await responder((asked) => reply(asked, `${asked.body}!`));
    const result = await request({ exchange: "", routingKey: queue, body: { text: "hello" } });
    expect(dataOf(result)["request"]).toMatchObject({
      text: "hello!",
      json: null,
      exchange: "",
      redelivered: false,
      cursor: null,
      gap: null,
      properties: { messageId: "a reply", contentType: "text/plain; charset=utf-8" },
    });
  });

  test("keeps the caller's correlation id, and shows it to the responder as a header", async () => {
    const queue = await responder((asked) =>
      reply(asked, JSON.stringify([asked.correlationId, asked.headers])),
    );
    const properties = { correlationId: "mine" };
    const result = await request({ exchange: "", routingKey: queue, properties });
    const { text, properties: replied } = dataOf(result)["request"] as {
      text: string;
      properties: { correlationId: string };
    };
    const [shown, headers] = JSON.parse(text) as [string, Record<string, unknown>];
    expect(shown).not.toBe("mine");
    expect(headers).toEqual({ "x-gql-correlation-id": "mine" });
    expect(replied.correlationId).toBe("mine");
  });

  test("over a WebSocket it is the same, and many at once have each their own", async () => {
    const queue = await responder((asked) => reply(asked, asked.body));
    await withSocket(gateway(), async (socket) => {
      const texts = Array.from({ length: 100 }, (_, place) => `request ${place}`);
      const replies = await Promise.all(
        texts.map(async (text) => {
          const input = { exchange: "", routingKey: queue, body: { text } };
          return dataOf(await socket.execute(REQUEST, { input }))["request"];
        }),
      );
      expect(replies).toMatchObject(texts.map((text) => ({ text })));
    });
  });

  test("to nobody is UNROUTABLE, to a missing exchange NOT_FOUND, without mandatory", async () => {
    const exchange = await declared(gateway(), "DIRECT");
    expect(await refused({ exchange, routingKey: "a" })).toMatchObject({ codes: ["UNROUTABLE"] });
    expect(await refused({ exchange: "nowhere" })).toEqual({
      codes: ["NOT_FOUND"],
      message: 'There is no exchange "nowhere"',
    });
  });

  test("without a reply is REQUEST_TIMEOUT", async () => {
    const queue = await responder(() => Promise.resolve());
    expect(await refused({ exchange: "", routingKey: queue }, 100)).toEqual({
      codes: ["REQUEST_TIMEOUT"],
      message: "No reply came within 100 ms; whether the request was carried out is not known",
    });
  });

  test.for([
    [{ properties: { replyTo: "mine" } }, 1000, "BAD_USER_INPUT", 'properties.replyTo is "mine"'],
    [{}, 0, "BAD_USER_INPUT", "timeoutMs is 0; it must be from 1 to 30000"],
    [{}, 30_001, "LIMIT_EXCEEDED", "timeoutMs is 30001; at most 30000"],
  ] as const)("with %j and %i ms is refused", async ([more, timeoutMs, code, says]) => {
    const { codes, message } = await refused({ exchange: "", ...more }, timeoutMs);
    expect(codes).toEqual([code]);
    expect(message).toMatch(says);
  });

  test("past as many as may wait is BUSY", async () => {
    const queue = await declaredQueue(gateway());
    const input = { exchange: "", routingKey: queue, properties: { persistent: false } };
    const refusals = new EventEmitter();
    let busy = 0;
    const tenAreBusy = once(refusals, "ten");
    const outcomes = Array.from({ length: 510 }, async () => {
      const [code = "answered"] = codesOf(await request(input, 30_000));
      if (code === "BUSY" && ++busy === 10) refusals.emit("ten");
      return code;
    });
    // Until then nobody answers: they are those that may not wait, and nobody has had enough of waiting.
    await tenAreBusy;
    await respond(queue, (asked) => reply(asked, "!"));
    const answered = (await Promise.all(outcomes)).filter((outcome) => outcome === "answered");
    expect(answered).toHaveLength(500);
  });

  describe("and replies to addresses that are none", () => {
    // What they are made of is RabbitMQ's own.
    test.each(
      rowsOn(kind, "rabbitmq", [
        ["the pseudo-queue itself", "amq.rabbitmq.reply-to"],
        ["nothing behind it", "amq.rabbitmq.reply-to."],
        ["no Base64", "amq.rabbitmq.reply-to.!!.y"],
        ["no process", address(Buffer.from("hello there, broker"))],
        ["a process that is cut", address(ofNode("reply@1").subarray(0, -1))],
        ["no secret", address(ofNode("reply@1")).replace(/\.[^.]*$/, "")],
      ]),
    )("%s is BAD_USER_INPUT, and nobody is disturbed", async (_, routingKey) => {
      const queue = await responder(async (asked) => {
        const result = await gateway().graphql(PUBLISH, {
          input: { exchange: "", routingKey, body: { text: "?" } },
        });
        await reply(asked, String(codesOf(result)[0]));
      });
      const result = await request({ exchange: "", routingKey: queue });
      expect(dataOf(result)["request"]).toMatchObject({ text: "BAD_USER_INPUT" });
    });

    test.for(onlyOn(kind, "rabbitmq"))(
      "a node that there is not is NOT_FOUND, and nobody is disturbed",
      async () => {
        const queue = await responder(async (asked) => {
          const results = await Promise.all(
            ["reply@1", "rabbit@nowhere", `reply@${"9".repeat(40)}`].map((node) =>
              gateway().graphql(PUBLISH, {
                input: { exchange: "", routingKey: address(ofNode(node)), body: { text: "?" } },
              }),
            ),
          );
          await reply(asked, results.flatMap(codesOf).join(" "));
        });
        const sent = Array.from({ length: 20 }, () =>
          published(gateway(), { exchange: "amq.topic" }),
        );
        const result = await request({ exchange: "", routingKey: queue });
        expect(dataOf(result)["request"]).toMatchObject({ text: "NOT_FOUND NOT_FOUND NOT_FOUND" });
        expect(await Promise.all(sent)).toHaveLength(20);
        const { broker } = dataOf(
          await gateway().graphql("{ broker { state connections { opened } } }"),
        );
        expect(broker).toMatchObject({ state: "CONNECTED" });
        const { connections } = broker as { connections: { opened: number }[] };
        expect(connections.map(({ opened }) => opened)).toEqual(connections.map(() => 1));
      },
    );

    test("mandatory is refused: the broker would not tell", async () => {
      const queue = await responder(async (asked) => {
        const { replyTo: routingKey } = asked;
        const input = { exchange: "", routingKey, body: { text: "?" }, mandatory: true };
        await reply(asked, codesOf(await gateway().graphql(PUBLISH, { input })).join());
      });
      const result = await request({ exchange: "", routingKey: queue });
      expect(dataOf(result)["request"]).toMatchObject({ text: "BAD_USER_INPUT" });
    });

    test("a copy to one is NOT_SUPPORTED", async () => {
      const headers = { CC: ["amq.rabbitmq.reply-to.x"] };
      const input = { exchange: "", routingKey: randomUUID(), body: { text: "?" }, headers };
      expect(codesOf(await gateway().graphql(PUBLISH, { input }))).toEqual(["NOT_SUPPORTED"]);
    });
  });
});
