import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../harness/tcp-proxy.ts";

async function echoed(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, "data");
  socket.write(text);
  return String((await answer)[0]);
}

describe("a TCP proxy", () => {
  let target: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    target = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.pipe(socket);
    });
    await once(target.listen(0, "127.0.0.1"), "listening");
    proxy = await startTcpProxy({ port: (target.address() as AddressInfo).port });
  });

  afterEach(async () => {
    await proxy.close();
    target.close();
  });

  async function dial(): Promise<Socket> {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setEncoding("utf8");
    await once(socket, "connect");
    return socket;
  }

  test("passes bytes both ways and counts its connections", async () => {
    const [one, other] = [await dial(), await dial()];
    expect(await echoed(one, "one")).toBe("one");
    expect(await echoed(other, "other")).toBe("other");
    expect(proxy.connections).toBe(2);
  });

  test("passes an end on and keeps the other direction open until all has arrived", async () => {
    const socket = await dial();
    const body = "x".repeat(1_000_000);
    let received = 0;
    socket.on("data", (chunk: string) => (received += chunk.length));
    const ended = once(socket, "end");
    socket.end(body);
    await ended;
    expect(received).toBe(body.length);
  });

  test("cuts every connection at both ends, and takes new ones", async () => {
    const accepted = once(target, "connection");
    const socket = await dial();
    await echoed(socket, "before");
    const [upstream] = (await accepted) as [Socket];
    const cutOff = Promise.all([once(socket, "end"), once(upstream, "end")]);
    proxy.cut();
    await cutOff;

    expect(await echoed(await dial(), "after")).toBe("after");
    expect(proxy.connections).toBe(1);
  });

  test("delays every byte, in order, both ways, until it is told otherwise", async () => {
    const socket = await dial();
    await echoed(socket, "before");
    proxy.delay(50);
    const startedAt = performance.now();
    expect(await echoed(socket, "late")).toBe("late");
    expect(performance.now() - startedAt).toBeGreaterThan(95);
    proxy.delay(0);
    expect(await echoed(socket, "after")).toBe("after");
    socket.end("last");
    expect(String((await once(socket, "data"))[0])).toBe("last");
    await once(socket, "end");
  });

  test("refuses to be dialled and leaves open what is open", async () => {
    const socket = await dial();
    await proxy.refuse(true);
    await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await echoed(socket, "still")).toBe("still");

    await proxy.refuse(false);
    expect(await echoed(await dial(), "again")).toBe("again");
  });

  test("holds all bytes while it stalls, and then delivers them once", async () => {
    const socket = await dial();
    await echoed(socket, "before");
    proxy.stall(true);
    proxy.stall(true);
    let received = "";
    socket.on("data", (chunk: string) => (received += chunk));
    socket.write("held");
    const late = await dial();
    late.write("late");
    // A connection beside the proxy shows that the target has had time to answer.
    const direct = connect({ port: (target.address() as AddressInfo).port, host: "127.0.0.1" });
    await echoed(direct, "direct");
    direct.destroy();
    expect(received).toBe("");

    const lateAnswer = once(late, "data");
    proxy.stall(false);
    proxy.stall(false);
    expect(String((await lateAnswer)[0])).toBe("late");
    expect(await echoed(socket, "after")).toBe("after");
    expect(received).toBe("heldafter");
  });

  test("drops the client where the target cannot be reached", async () => {
    target.close();
    await once(target, "close");
    const socket = await dial();
    await once(socket.resume(), "end");
    expect(proxy.connections).toBe(0);
  });
});
