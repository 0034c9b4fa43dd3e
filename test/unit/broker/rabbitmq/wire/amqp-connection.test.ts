import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectionTrouble } from "../../../../../src/broker/rabbitmq/connection-trouble.ts";
import type { RabbitMqOptions } from "../../../../../src/broker/rabbitmq/options.ts";
import {
  BASIC_ACK,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  CONFIRM_SELECT_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_TUNE,
  CONNECTION_UNBLOCKED,
} from "../../../../../src/broker/rabbitmq/wire/amqp-constants.ts";
import { AmqpConnection } from "../../../../../src/broker/rabbitmq/wire/amqp-connection.ts";
import { encodeMethod, HEARTBEAT_FRAME, makeBodyFrame } from "../../../../harness/amqplib-codec.ts";
import { ScriptedBroker, type Dialled, type Tuning } from "../../../../harness/scripted-broker.ts";
import { optionsFor } from "../outgoing.ts";

let broker: ScriptedBroker;
const opened: AmqpConnection[] = [];

beforeEach(async () => {
  broker = await ScriptedBroker.listen();
});

afterEach(async () => {
  await broker.close();
  await Promise.all(opened.splice(0).map(({ ended }) => ended));
});

async function connected(
  more: Partial<RabbitMqOptions> = {},
  tuning: Tuning = {},
): Promise<{ connection: AmqpConnection; dialled: Dialled }> {
  const opening = AmqpConnection.open(
    "publishing",
    optionsFor(broker.url, more),
    new AbortController().signal,
  );
  const dialled = await broker.dialled();
  await dialled.shakeHands(tuning);
  const connection = await opening;
  opened.push(connection);
  return { connection, dialled };
}

const silent = {
  confirmed: () => {},
  refused: () => {},
  returned: () => {},
  drained: () => {},
  closed: () => {},
};

describe("heartbeats", () => {
  test("are sent where nothing else is, and both ends stay while they are", async () => {
    const { connection, dialled } = await connected({ heartbeatSeconds: 1 });
    for (let beats = 0; beats < 5; beats++) {
      expect(await dialled.frame()).toEqual({ channel: 0 });
      dialled.socket.write(HEARTBEAT_FRAME);
    }
    const closing = connection.close();
    await dialled.method(CONNECTION_CLOSE);
    dialled.say(CONNECTION_CLOSE_OK);
    await closing;
  });

  test("that do not come end the connection after two intervals", async () => {
    const { connection, dialled } = await connected({ heartbeatSeconds: 1 });
    const before = performance.now();
    const reason = await connection.ended;
    expect(performance.now() - before).toBeGreaterThan(1900);
    expect(connectionTrouble(reason)).toBe("The broker does not answer");
    await dialled.ended;
  });
});

describe("blocked", () => {
  test("and no longer, each told", async () => {
    const { connection, dialled } = await connected();
    const told = () =>
      new Promise<string | undefined>((resolve) => {
        connection.onBlocked = () => resolve(connection.blocked);
      });
    let next = told();
    dialled.say(CONNECTION_BLOCKED, { reason: "low on disk" });
    expect(await next).toBe("low on disk");
    next = told();
    dialled.say(CONNECTION_UNBLOCKED);
    expect(await next).toBeUndefined();
  });

  test("closes without waiting for an answer that will not come", async () => {
    const { connection, dialled } = await connected({ closeTimeoutMs: 60_000 });
    const blocked = new Promise<void>((resolve) => {
      connection.onBlocked = resolve;
    });
    dialled.say(CONNECTION_BLOCKED, { reason: "low on disk" });
    await blocked;
    await connection.close();
    expect(await dialled.method(CONNECTION_CLOSE)).toMatchObject({ replyCode: 200 });
  });
});

describe("closing", () => {
  test("is said and answered, once", async () => {
    const { connection, dialled } = await connected();
    const closing = Promise.all([connection.close(), connection.close()]);
    expect(await dialled.method(CONNECTION_CLOSE)).toMatchObject({ replyCode: 200 });
    dialled.say(CONNECTION_CLOSE_OK);
    await closing;
    await dialled.ended;
    await connection.close();
    expect((await connection.ended).message).toMatch(/gateway has closed/);
  });

  test("has a bound where the broker does not answer", async () => {
    const { connection, dialled } = await connected({ closeTimeoutMs: 50 });
    await connection.close();
    await dialled.ended;
    expect((await connection.ended).message).toMatch(/gateway has closed/);
  });

  test("by the broker is answered, and its code is the reason", async () => {
    const { connection, dialled } = await connected();
    const reply = { replyCode: 320, replyText: "CONNECTION_FORCED", classId: 0, methodId: 0 };
    dialled.say(CONNECTION_CLOSE, reply);
    await dialled.method(CONNECTION_CLOSE_OK);
    const reason = await connection.ended;
    expect(reason).toMatchObject({ code: 320 });
    expect(connectionTrouble(reason)).toMatch(/an operator, or a shutdown/);
    await dialled.ended;
  });

  test.each(["end", "destroy"] as const)("of the socket alone (%s) is noticed", async (way) => {
    const { connection, dialled } = await connected();
    dialled.socket[way]();
    expect(connectionTrouble(await connection.ended)).toMatch(/connection to the broker was/i);
    await expect(connection.openConfirmChannel(silent)).rejects.toThrow(/has ended/);
    await connection.close();
  });
});

describe("a channel", () => {
  test("is opened in confirm mode, and its number is used again after it is closed", async () => {
    const { connection, dialled } = await connected({}, { channelMax: 2 });
    const opening = connection.openConfirmChannel(silent);
    expect(await dialled.confirmChannel()).toBe(1);
    const closing = connection.closeChannel(await opening);
    await dialled.method(CHANNEL_CLOSE);
    const second = connection.openConfirmChannel(silent);
    expect(await dialled.confirmChannel()).toBe(2);
    await second;
    dialled.say(CHANNEL_CLOSE_OK, {}, 1);
    await closing;
    const third = connection.openConfirmChannel(silent);
    expect(await dialled.confirmChannel()).toBe(1);
    await third;
  });

  test("beyond those that the broker takes is refused here", async () => {
    const { connection, dialled } = await connected({}, { channelMax: 1 });
    const opening = connection.openConfirmChannel(silent);
    await dialled.confirmChannel();
    await opening;
    await expect(connection.openConfirmChannel(silent)).rejects.toThrow(/channels are in use/);
  });

  test("that the broker does not open in time is the end of the connection", async () => {
    const { connection, dialled } = await connected({ rpcTimeoutMs: 50 });
    await expect(connection.openConfirmChannel(silent)).rejects.toThrow(/no answer/);
    await connection.ended;
    await dialled.ended;
  });

  test("that is closed in the very bytes that open it is not given away", async () => {
    const { connection, dialled } = await connected();
    const opening = connection.openConfirmChannel(silent);
    await dialled.method(CHANNEL_OPEN);
    dialled.say(CHANNEL_OPEN_OK, {}, 1);
    await dialled.frame();
    const close = { replyCode: 541, replyText: "INTERNAL_ERROR", classId: 0, methodId: 0 };
    dialled.socket.write(
      Buffer.concat([
        encodeMethod(CONFIRM_SELECT_OK, 1, {}),
        encodeMethod(CHANNEL_CLOSE, 1, close),
      ]),
    );
    await expect(opening).rejects.toThrow(/closed at once/);
    await dialled.method(CHANNEL_CLOSE_OK);
  });

  test("waits for no answer longer than the connection is there", async () => {
    const { connection, dialled } = await connected();
    const opening = connection.openConfirmChannel(silent);
    await dialled.method(CHANNEL_OPEN);
    dialled.socket.destroy();
    await expect(opening).rejects.toThrow(/has ended/);
  });
});

describe("what a broker must not send ends the connection, which says so:", () => {
  const HEADER_BYTES = [2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const cases: readonly (readonly [says: string, code: number, bytes: Buffer])[] = [
    ["a frame without its end", 501, Buffer.of(8, 0, 0, 0, 0, 0, 0, 0)],
    ["a frame that is too long", 501, Buffer.of(1, 0, 0, 0xff, 0xff, 0xff, 0xff)],
    ["a frame of no known type", 502, Buffer.of(4, 0, 0, 0, 0, 0, 0, 0xce)],
    ["a method that is cut", 502, Buffer.of(1, 0, 0, 0, 0, 0, 2, 0, 10, 0xce)],
    [
      "a confirm on a channel that nobody opened",
      504,
      encodeMethod(BASIC_ACK, 9, { deliveryTag: 1 }),
    ],
    ["a body on channel 0", 504, makeBodyFrame(0, Buffer.from("a"))],
    ["a body of no message", 505, makeBodyFrame(1, Buffer.from("a"))],
    ["a header of no message", 505, Buffer.from([...HEADER_BYTES, 0xce])],
    [
      "a second connection.tune",
      505,
      encodeMethod(CONNECTION_TUNE, 0, { frameMax: 0, channelMax: 0, heartbeat: 0 }),
    ],
    ["an answer to nothing", 505, encodeMethod(CHANNEL_OPEN_OK, 1, {})],
    [
      "a confirm of nothing that was sent",
      503,
      encodeMethod(BASIC_ACK, 1, { deliveryTag: 1, multiple: true }),
    ],
  ];

  test.each(cases)("%s (%i)", async (_, replyCode, bytes) => {
    const { connection, dialled } = await connected();
    let isClosed = false;
    const opening = connection.openConfirmChannel({ ...silent, closed: () => (isClosed = true) });
    await dialled.confirmChannel();
    await opening;
    dialled.socket.write(bytes);
    expect(await dialled.method(CONNECTION_CLOSE)).toMatchObject({ replyCode });
    const reason = await connection.ended;
    expect(reason.name).toBe("ProtocolError");
    expect(connectionTrouble(reason)).toBe("The connection to the broker was lost");
    expect(isClosed).toBe(true);
    await dialled.ended;
  });
});
