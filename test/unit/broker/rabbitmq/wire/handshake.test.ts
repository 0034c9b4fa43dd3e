import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectionTrouble } from "../../../../../src/broker/rabbitmq/connection-trouble.ts";
import type { RabbitMqOptions } from "../../../../../src/broker/rabbitmq/options.ts";
import {
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_TUNE,
} from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import { AmqpConnection } from "../../../../../src/broker/rabbitmq/wire/amqp-connection.ts";
import { VERSION } from "../../../../../src/version.ts";
import { encodeMethod } from "../../../../harness/amqplib-codec.ts";
import { ScriptedBroker, type Dialled } from "../../../../harness/scripted-broker.ts";
import { optionsFor } from "../outgoing.ts";

let broker: ScriptedBroker;

beforeEach(async () => {
  broker = await ScriptedBroker.listen();
});

afterEach(() => broker.close());

function open(
  more: Partial<RabbitMqOptions> = {},
  signal = new AbortController().signal,
): Promise<AmqpConnection> {
  return AmqpConnection.open("publishing", optionsFor(broker.url, more), signal);
}

/** Opens against a broker that does this, and resolves with the error, when the socket has gone too. */
async function refused(
  script: (dialled: Dialled) => Promise<unknown>,
  more: Partial<RabbitMqOptions> = {},
): Promise<Error> {
  const opening = open(more).then(
    () => new Error("It was opened"),
    (error: Error) => error,
  );
  const dialled = await broker.dialled();
  await script(dialled);
  const error = await opening;
  await dialled.ended;
  return error;
}

describe("a handshake", () => {
  test("says who connects, to what, and what it understands", async () => {
    const opening = open({ instance: "one" });
    const dialled = await broker.dialled();
    const started = await dialled.start();
    expect(started).toMatchObject({
      mechanism: "PLAIN",
      response: Buffer.from("\0user\0p@ss"),
      locale: "en_US",
      clientProperties: {
        product: "rabbitql",
        version: VERSION,
        connection_name: "rabbitql one publishing",
        capabilities: {
          publisher_confirms: true,
          "basic.nack": true,
          consumer_cancel_notify: true,
          "connection.blocked": true,
          authentication_failure_close: true,
        },
      },
    });
    expect(await dialled.tune()).toMatchObject({ virtualHost: "host" });
    dialled.say(CONNECTION_OPEN_OK);
    const connection = await opening;
    expect(connection.server).toEqual({ product: "Scripted", version: "1.2.3" });
    expect(connection.blocked).toBeUndefined();
  });

  test.each([
    ["control", {}, 128],
    ["streams", {}, 2047],
    ["working", {}, 2047],
    ["working", { maxWorkChannels: 5 }, 5],
  ])("asks for as many channels as the connection %s may need (%o)", async (name, more, most) => {
    const options = optionsFor(broker.url, more);
    const opening = AmqpConnection.open(name, options, new AbortController().signal);
    const dialled = await broker.dialled();
    await dialled.start();
    expect(await dialled.tune({ channelMax: 65_535 })).toMatchObject({ channelMax: most });
    dialled.say(CONNECTION_OPEN_OK);
    await opening;
  });

  test.each([
    ["the lower of each", { frameMax: 8192, channelMax: 20, heartbeat: 5 }, 10, [8192, 20, 5]],
    ["ours where the broker has no limits", { frameMax: 0, channelMax: 0 }, 7, [131_072, 128, 7]],
    ["no heartbeats where we want none", { heartbeat: 60 }, 0, [131_072, 128, 0]],
    ["our heartbeat where the broker wants none", { heartbeat: 0 }, 9, [131_072, 128, 9]],
  ] as const)("agrees to %s", async (_, tuning, heartbeatSeconds, agreed) => {
    const opening = open({ heartbeatSeconds });
    const dialled = await broker.dialled();
    await dialled.start();
    const { frameMax, channelMax, heartbeat } = await dialled.tune(tuning);
    expect([frameMax, channelMax, heartbeat]).toEqual(agreed);
    dialled.say(CONNECTION_OPEN_OK);
    await opening;
  });

  test("is understood however its bytes are cut, with what is glued to its end", async () => {
    const opening = open();
    const dialled = await broker.dialled();
    await dialled.protocolHeader();
    const inPieces = async (bytes: Buffer) => {
      for (const byte of bytes) {
        await new Promise((resolve) => {
          dialled.socket.write(Buffer.of(byte), resolve);
        });
      }
    };
    const serverProperties = { product: "P", version: "V" };
    await inPieces(encodeMethod(CONNECTION_START, 0, { serverProperties }));
    await dialled.frame();
    await inPieces(encodeMethod(CONNECTION_TUNE, 0, { frameMax: 0, channelMax: 0, heartbeat: 0 }));
    await dialled.frame();
    await dialled.frame();
    dialled.socket.write(
      Buffer.concat([
        encodeMethod(CONNECTION_OPEN_OK, 0, {}),
        encodeMethod(CONNECTION_BLOCKED, 0, { reason: "low on memory" }),
      ]),
    );
    const connection = await opening;
    expect(connection.server).toEqual({ product: "P", version: "V" });
    expect(connection.blocked).toBe("low on memory");
  });
});

const close = (replyCode: number) => ({ replyCode, replyText: "no", classId: 0, methodId: 0 });

describe("is refused, and told as ever:", () => {
  test("a wrong password", async () => {
    const error = await refused(async (dialled) => {
      await dialled.start();
      dialled.say(CONNECTION_CLOSE, close(403));
      await dialled.method(CONNECTION_CLOSE_OK);
    });
    expect(connectionTrouble(error)).toBe("The broker refused the user name or the password");
  });

  test("a virtual host that is not there", async () => {
    const error = await refused(async (dialled) => {
      await dialled.start();
      await dialled.tune();
      dialled.say(CONNECTION_CLOSE, close(530));
      await dialled.method(CONNECTION_CLOSE_OK);
    });
    expect(connectionTrouble(error)).toMatch(/refused the virtual host/);
  });

  test.each([
    ["another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["another version of AMQP", "AMQP\x00\x01\x00\x00"],
  ])("%s", async (_, answer) => {
    const error = await refused(async ({ socket }) => socket.write(answer, "latin1"));
    expect(connectionTrouble(error)).toMatch(/does not speak AMQP/);
  });

  test("a socket that is closed at once", async () => {
    const error = await refused(async ({ socket }) => socket.end());
    expect(connectionTrouble(error)).toMatch(/does not speak AMQP/);
  });

  test("a broker without PLAIN", async () => {
    const error = await refused(async (dialled) => {
      await dialled.protocolHeader();
      const mechanisms = Buffer.from("EXTERNAL");
      dialled.say(CONNECTION_START, { serverProperties: {}, mechanisms });
    });
    expect(error.message).toMatch(/no PLAIN login, only EXTERNAL/);
  });

  test("frames below AMQP's least", async () => {
    const error = await refused(async (dialled) => {
      await dialled.start();
      dialled.say(CONNECTION_TUNE, { frameMax: 1000, channelMax: 0, heartbeat: 0 });
    });
    expect(error.message).toMatch(/1000 bytes/);
  });

  test("a broker that says nothing, in its time", async () => {
    const error = await refused((dialled) => dialled.start(), { connectTimeoutMs: 50 });
    expect(connectionTrouble(error)).toBe("The broker does not answer");
  });

  test("a port where nobody listens", async () => {
    const { url } = broker;
    await broker.close();
    const opening = AmqpConnection.open(
      "publishing",
      optionsFor(url),
      new AbortController().signal,
    );
    const error = await opening.catch((caught: unknown) => caught);
    expect(connectionTrouble(error as Error)).toMatch(/connection refused/);
    broker = await ScriptedBroker.listen();
  });

  test("one that nobody waits for any more", async () => {
    const giveUp = new AbortController();
    const opening = open({}, giveUp.signal);
    const dialled = await broker.dialled();
    await dialled.start();
    giveUp.abort();
    await expect(opening).rejects.toThrow(/Nobody waits/);
    await dialled.ended;
    await expect(open({}, giveUp.signal)).rejects.toThrow(/abort/);
  });
});
