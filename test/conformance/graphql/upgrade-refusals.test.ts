import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { upgradeRequest } from "./support/raw-socket.ts";
import { scriptedGateway } from "./support/scripted-gateway.ts";

/** Each goes away so many times: when a reset arrives is up to the kernel. */
const TIMES = 25;

const REFUSALS = [
  ["of a wrong path", upgradeRequest("/elsewhere"), 404, false],
  [
    "from a foreign page",
    upgradeRequest("/graphql", { origin: "https://evil.example" }),
    403,
    false,
  ],
  ["of another protocol", upgradeRequest("/graphql", { upgrade: "h2c" }), 400, false],
  ["of a gateway that stops", upgradeRequest("/graphql"), 503, true],
] as const;

describe.for(REFUSALS)("an upgrade %s", ([, request, status, stopping]) => {
  async function gateway() {
    const started = await scriptedGateway();
    if (stopping) await started.server.drain();
    return started;
  }

  test(`is answered with ${status}, and its socket is closed`, async () => {
    const { port, connections } = await gateway();
    const socket = await dial(port);
    socket.write(request);
    let answer = "";
    socket.on("data", (chunk) => (answer += String(chunk)));
    await once(socket, "end");
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*Connection: close`, "s"));
    // This end stays open: the gateway waits for nobody.
    await eventually(() => expect(connections.size).toBe(0));
    socket.destroy();
  });

  test.for([
    ["at once", false],
    ["once it was answered", true],
  ] as const)("whose client is gone %s harms nobody", async ([, answered]) => {
    const errors = uncaught();
    const { port, connections } = await gateway();
    for (let time = 0; time < TIMES; time++) {
      const socket = await dial(port);
      socket.write(request);
      if (answered) await once(socket, "data");
      socket.resetAndDestroy();
      await once(socket, "close");
    }
    await eventually(() => expect(connections.size).toBe(0));
    expect(errors).toEqual([]);
    const socket = await dial(port);
    socket.write(request);
    expect(await text(socket)).toContain(String(status));
  });
});

/** Everything that nobody caught, since now. */
function uncaught(): unknown[] {
  const errors: unknown[] = [];
  const listener = (error: unknown) => errors.push(error);
  process.on("uncaughtExceptionMonitor", listener);
  onTestFinished(() => void process.off("uncaughtExceptionMonitor", listener));
  return errors;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}
