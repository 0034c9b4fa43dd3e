import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { startTcpProxy, type TcpProxy } from "../../harness/tcp-proxy.ts";

const DIRECT = "past the proxy";

/** The target answers each byte with itself. */
describe("a TCP proxy that is poisoned", () => {
  let target: Server;
  let proxy: TcpProxy;
  const accepted: Socket[] = [];
  /** What the target has received, in its pieces. */
  const received: string[] = [];

  beforeEach(async () => {
    accepted.length = received.length = 0;
    target = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      accepted.push(socket);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        if (String(chunk) !== DIRECT) received.push(String(chunk));
      });
      socket.pipe(socket);
    });
    await once(target.listen(0, "127.0.0.1"), "listening");
    proxy = await startTcpProxy({ port: (target.address() as AddressInfo).port });
  });

  afterEach(async () => {
    await proxy.close();
    for (const socket of accepted) socket.destroy();
    target.close();
  });

  async function dial() {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
    const seen = { text: "", end: false, error: undefined as Error | undefined };
    socket.on("data", (chunk) => (seen.text += String(chunk)));
    socket.on("end", () => (seen.end = true));
    socket.on("error", (error) => (seen.error = error));
    await once(socket, "connect");
    socket.write("hello ");
    await eventually(() => expect(seen.text).toBe("hello "));
    received.length = 0;
    return { socket, seen };
  }

  /** A connection of its own, answered after whatever was to happen to the others. */
  async function meanwhile(): Promise<void> {
    const direct = connect({ port: (target.address() as AddressInfo).port, host: "127.0.0.1" });
    for (let time = 0; time < 3; time++) {
      direct.write(DIRECT);
      await once(direct, "data");
    }
    direct.destroy();
  }

  test("by latency with jitter delivers late, and in order", async () => {
    const { socket, seen } = await dial();
    proxy.poison("up", { latency: { ms: 40, jitterMs: 40 } });
    const startedAt = performance.now();
    const numbers = Array.from({ length: 50 }, (_, number) => `${number} `);
    for (const number of numbers) {
      socket.write(number);
      await new Promise(setImmediate);
    }
    await eventually(() => expect(seen.text).toBe(`hello ${numbers.join("")}`));
    expect(performance.now() - startedAt).toBeGreaterThan(30);
  });

  test.for([
    ["up", ""],
    ["down", "lost, and lost too"],
  ] as const)("one way by a blackhole, %s, swallows what goes there", async ([way, heard]) => {
    const { socket, seen } = await dial();
    proxy.poison(way, { blackhole: true });
    socket.write("lost, ");
    await meanwhile();
    await proxy.heal();
    socket.write("and lost too");
    await eventually(() => expect(received.join("")).toBe(heard));
    await meanwhile();
    expect([seen.text, seen.end]).toEqual(["hello ", false]);
    expect((await dial()).seen.text).toBe("hello ");
  });

  test("by a blackhole keeps each end from hearing of the other's end, and forgets both in time", async () => {
    const { socket, seen } = await dial();
    proxy.poison("both", { blackhole: true });
    const [upstream] = accepted;
    socket.destroy();
    await meanwhile();
    expect([upstream?.readableEnded, proxy.connections]).toEqual([false, 1]);
    upstream?.destroy();
    await eventually(() => expect(proxy.connections).toBe(0));
    expect(seen.end).toBe(false);
  });

  test("by a slicer passes small pieces", async () => {
    const { socket, seen } = await dial();
    proxy.poison("up", { slicer: { bytes: 2, delayMs: 5 } });
    socket.write("abcdef");
    await eventually(() => expect(seen.text).toBe("hello abcdef"));
    expect(received).toEqual(["ab", "cd", "ef"]);
  });

  test("by a bandwidth takes its time, and has the sender wait", async () => {
    const { socket, seen } = await dial();
    proxy.poison("down", { bandwidth: { bytesPerSecond: 100_000 } });
    const startedAt = performance.now();
    socket.write("x".repeat(20_000));
    await eventually(() => expect(seen.text).toHaveLength(6 + 20_000));
    expect(performance.now() - startedAt).toBeGreaterThan(180);

    proxy.poison("up", { bandwidth: { bytesPerSecond: 1_000 } });
    socket.write("x".repeat(32 * 1_048_576));
    await meanwhile();
    expect(socket.writableLength).toBeGreaterThan(0);
    await proxy.heal();
  });

  test("by a slow close passes the end on late", async () => {
    const { socket, seen } = await dial();
    proxy.poison("up", { slowClose: { ms: 60 } });
    const startedAt = performance.now();
    socket.end("bye");
    await eventually(() => expect(seen.text).toBe("hello bye"));
    expect(accepted[0]?.readableEnded).toBe(false);
    await eventually(() => expect(accepted[0]?.readableEnded).toBe(true));
    expect(performance.now() - startedAt).toBeGreaterThan(55);
  });

  test("by one stall holds that way alone, and loses nothing", async () => {
    const { socket, seen } = await dial();
    proxy.stall(true, "down");
    socket.write("held");
    await eventually(() => expect(received).toEqual(["held"]));
    await meanwhile();
    expect(seen.text).toBe("hello ");
    await proxy.heal();
    await eventually(() => expect(seen.text).toBe("hello held"));
  });

  test("resets both ends", async () => {
    const { socket, seen } = await dial();
    const failures: unknown[] = [];
    accepted[0]?.on("error", (error) => failures.push(error));
    proxy.reset();
    await eventually(() => expect([socket.closed, accepted[0]?.closed]).toEqual([true, true]));
    expect(seen.error).toMatchObject({ code: "ECONNRESET" });
    expect(failures).toMatchObject([{ code: "ECONNRESET" }]);
    expect(proxy.connections).toBe(0);
  });
});
