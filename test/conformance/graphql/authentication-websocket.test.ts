import { EventEmitter, once } from "node:events";
import { describe, expect, test } from "vitest";
import type { AuthenticateHook } from "../../../src/access/authenticate-hook.ts";
import { CodedError } from "../../../src/errors.ts";
import { eventually } from "../../harness/eventually.ts";
import { TestMessage } from "../../harness/test-message.ts";
import { ProtocolSocket } from "./support/protocol-socket.ts";
import { openRawSocket } from "./support/raw-socket.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";

const KIND = "{ broker { kind } }";
const KEYS = `subscription { messages(exchange: "orders") { routingKey } }`;
const BY_GRAPHQL_JS = KEYS.replace(") {", ") @include(if: true) {");
const message = (routingKey: string) => new TestMessage({ routingKey });

/** Credentials of the form NAME-MILLISECONDS: whose they are, and for how long from now. */
const named: AuthenticateHook = ({ connectionParams = {}, headers }) => {
  const { token } = connectionParams;
  const shown = typeof token === "string" ? token : (headers.authorization ?? "");
  const [, id, lasting] = /^(?:Bearer )?([a-z]+)-(\d+)$/.exec(shown) ?? [];
  if (id === undefined) throw new CodedError("UNAUTHENTICATED", "Nobody knows that token");
  const { role } = connectionParams;
  return { id, claims: { role }, expiresAt: new Date(Date.now() + Number(lasting)) };
};

const open = ({ wsUrl }: { wsUrl: string }, token: string) =>
  ProtocolSocket.open(wsUrl, { connectionParams: { token } });

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function renewal(socket: ProtocolSocket, payload: object): Promise<unknown> {
  socket.send({ type: "ping", payload });
  const { type, payload: answer } = await socket.control.take();
  expect(type).toBe("pong");
  return answer;
}

/** The keys of the messages that a socket was told of, in order. */
const keysOf = ({ texts }: ProtocolSocket) =>
  texts.flatMap((text) => /"routingKey":"(\w+)"/.exec(text)?.[1] ?? []);

describe("a socket", () => {
  test("that shows who it is can be used, by its payload or its request's header", async () => {
    const gateway = await scriptedGateway({}, named);
    const headers = { authorization: "Bearer ada-60000" };
    for (const socket of [
      await open(gateway, "ada-60000"),
      await ProtocolSocket.open(gateway.wsUrl, { headers }),
    ])
      expect(await socket.execute(KIND)).toEqual({ data: { broker: { kind: "EMBEDDED" } } });
  });

  test("that shows nothing, or nothing good, is closed with 4403 and told why", async () => {
    const gateway = await scriptedGateway({}, named);
    for (const payload of [undefined, {}, { token: "x" }]) {
      const socket = await ProtocolSocket.connect(gateway.wsUrl);
      socket.send({ type: "connection_init", payload });
      expect(await socket.closed).toEqual({ code: 4403, reason: "Nobody knows that token" });
      expect(socket.texts).toEqual([]);
    }
  });

  test("with a token in its URL is not opened", async () => {
    const gateway = await scriptedGateway({}, named);
    await expect(ProtocolSocket.connect(`${gateway.wsUrl}?token=ada-60000`)).rejects.toThrow("400");
  });

  test("whose owner cannot be found out in time is closed with 4408", async () => {
    const gateway = await scriptedGateway({ authTimeoutMs: 200 }, () => new Promise(() => {}));
    const socket = await ProtocolSocket.connect(gateway.wsUrl);
    socket.send({ type: "connection_init" });
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  test("whose owner cannot be found out now is closed with 1013", async () => {
    const gateway = await scriptedGateway({
      jwtIssuer: "away",
      jwtAudience: ["gateway"],
      jwtAlgorithms: ["ES256"],
      jwtJwksUrl: "http://127.0.0.1:1/jwks.json",
    });
    const socket = await ProtocolSocket.connect(gateway.wsUrl);
    const token = `${part({ alg: "ES256" })}.${part({ iss: "away" })}.c2ln`;
    socket.send({ type: "connection_init", payload: { token } });
    expect(await socket.closed).toMatchObject({ code: 1013 });
  });

  test("that is gone before it is known whose it is stays gone", async () => {
    const asked = new EventEmitter();
    const gateway = await scriptedGateway({}, async () => {
      asked.emit("asked");
      await once(asked, "known");
      return { id: "ada" };
    });
    const socket = await ProtocolSocket.connect(gateway.wsUrl);
    socket.send({ type: "connection_init" });
    await once(asked, "asked");
    socket.socket.terminate();
    await eventually(() => expect(gateway.server.sockets).toBe(0));
    asked.emit("known");
    const another = await ProtocolSocket.connect(gateway.wsUrl);
    another.send({ type: "connection_init" });
    await once(asked, "asked");
    asked.emit("known");
    expect(await another.control.take()).toEqual({ type: "connection_ack" });
    expect(await another.execute(KIND)).toHaveProperty("data");
    expect(gateway.server.sockets).toBe(1);
  });
});

describe("a caller that expires", () => {
  test.for([
    ["in a group", KEYS],
    ["by graphql-js", BY_GRAPHQL_JS],
  ] as const)("ends its socket with 4403, and nothing comes after, %s", async ([, query]) => {
    const gateway = await scriptedGateway({}, named);
    const opened = Date.now();
    const [short, long] = [await open(gateway, "ada-800"), await open(gateway, "bob-60000")];
    short.subscribe(query);
    long.subscribe(query);
    const tap = await gateway.liveTap();
    await Promise.all([short.execute(KIND), long.execute(KIND)]);
    tap.deliver(message("1"));
    const closed = await short.closed;
    expect(closed).toEqual({ code: 4403, reason: "The credentials have expired" });
    expect(Date.now() - opened).toBeGreaterThanOrEqual(800);
    expect(Date.now() - opened).toBeLessThan(1_800);
    tap.deliver(message("2"));
    await eventually(() => expect(keysOf(long)).toEqual(["1", "2"]));
    expect(keysOf(short)).toEqual(["1"]);
  });

  test("is cut off where it does not close: what waits in its socket is for nobody", async () => {
    const gateway = await scriptedGateway({ closeTimeoutMs: 20_000 }, named);
    const opened = Date.now();
    const mute = await openRawSocket(gateway.port, { token: "ada-800" });
    await once(mute.socket, "close");
    expect(Date.now() - opened).toBeGreaterThanOrEqual(800);
    expect(Date.now() - opened).toBeLessThan(2_000);
    expect(mute.frames().map(({ opcode }) => opcode)).toEqual([1, 8]);
  });

  test("can do nothing more on a socket that it does not close", async () => {
    const gateway = await scriptedGateway({ closeTimeoutMs: 20_000 }, named);
    const published: string[] = [];
    gateway.adapter.publish = async ({ routingKey }) => {
      published.push(routingKey);
      return { routed: true };
    };
    const mute = await openRawSocket(gateway.port, { token: "ada-300" });
    await mute.until(2);
    expect(mute.frames().map(({ opcode }) => opcode)).toEqual([1, 8]);
    const query = `mutation { publish(input: { exchange: "orders", routingKey: "late", body: { text: "x" } }) { messageId } }`;
    mute.send({ id: "1", type: "subscribe", payload: { query } });
    await once(mute.socket, "close");
    expect(published).toEqual([]);
  });

  test("has its grace", async () => {
    const gateway = await scriptedGateway({ expiryGraceMs: 700 }, named);
    const opened = Date.now();
    const socket = await open(gateway, "ada-100");
    expect(await socket.closed).toMatchObject({ code: 4403 });
    expect(Date.now() - opened).toBeGreaterThanOrEqual(800);
  });
});

describe("a renewal in place", () => {
  test("goes on without a message lost", async () => {
    const gateway = await scriptedGateway({}, named);
    const opened = Date.now();
    const socket = await open(gateway, "ada-800");
    socket.subscribe(KEYS);
    const tap = await gateway.liveTap();
    await socket.execute(KIND);
    expect(await renewal(socket, { token: "ada-60000" })).toEqual({
      renewed: true,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    let sent = 0;
    while (Date.now() - opened < 1_200) {
      tap.deliver(message(String(++sent)));
      await socket.execute(KIND);
    }
    expect(keysOf(socket)).toEqual(Array.from({ length: sent }, (_, place) => String(place + 1)));
    expect(socket.isOpen).toBe(true);
  });

  test.for([
    ["that is no good", { token: "x" }, /Nobody knows that token/],
    ["of another caller", { token: "bob-60000" }, /another caller's/],
    ["that claims something else", { token: "ada-60000", role: "admin" }, /claim something else/],
  ] as const)("%s is refused, and changes nothing", async ([, payload, why]) => {
    const gateway = await scriptedGateway({}, named);
    const socket = await open(gateway, "ada-800");
    expect(await renewal(socket, payload)).toEqual({
      renewed: false,
      errors: [
        {
          message: expect.stringMatching(why) as string,
          extensions: { code: "UNAUTHENTICATED" },
        },
      ],
    });
    expect(await socket.execute(KIND)).toHaveProperty("data");
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  test("is one of a few at once", async () => {
    let asked = 0;
    const gateway = await scriptedGateway({}, () =>
      asked++ === 0 ? { id: "ada" } : new Promise(() => {}),
    );
    const socket = await open(gateway, "ada-60000");
    for (let count = 0; count < 8; count++)
      socket.send({ type: "ping", payload: { token: "ada-60000" } });
    expect(await renewal(socket, { token: "ada-60000" })).toMatchObject({
      renewed: false,
      errors: [{ message: expect.stringMatching(/Too many renewals/) as string }],
    });
  });

  test("comes after connection_init, and credentials are never sent back", async () => {
    const gateway = await scriptedGateway({}, named);
    const socket = await ProtocolSocket.connect(gateway.wsUrl);
    expect(await renewal(socket, { authorization: "Bearer ada-60000" })).toMatchObject({
      renewed: false,
    });
    expect(await renewal(socket, { authorization: { not: "ada-60000" } })).toMatchObject({
      renewed: false,
    });
    expect(socket.texts.join()).not.toContain("ada-60000");
    expect(await renewal(socket, { at: 1 })).toEqual({ at: 1 });
  });
});
