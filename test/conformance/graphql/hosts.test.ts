import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { GatewayOptions } from "../../../src/gateway.ts";
import { startGateway } from "../../harness/gateway.ts";
import { upgradeRequest } from "./support/raw-socket.ts";

const BODY = JSON.stringify({ query: "{ broker { kind } }" });

async function started(options: GatewayOptions = {}): Promise<number> {
  const gateway = await startGateway({ broker: "embedded", ...options });
  onTestFinished(() => gateway.close());
  return Number(new URL(gateway.url).port);
}

/** As a page of `host` would ask that has had its own name lead to this machine. */
async function asked(port: number, host: string): Promise<{ status: number; answer: unknown }> {
  const asking = request({ port, host: "127.0.0.1", path: "/graphql", method: "POST" });
  asking.setHeader("host", `${host}:${port}`);
  asking.setHeader("origin", `http://${host}:${port}`);
  asking.setHeader("content-type", "application/json");
  asking.end(BODY);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, answer: await json(response) };
}

async function upgraded(port: number, host: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(
    upgradeRequest("/graphql", { host: `${host}:${port}`, origin: `http://${host}:${port}` }),
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString().slice(9, 12);
}

const ANSWERED = { status: 200, answer: { data: { broker: { kind: "EMBEDDED" } } } };
const REFUSED = { status: 403, answer: { errors: [{ extensions: { code: "FORBIDDEN" } }] } };

test("a page that has its name lead to this machine is refused, over HTTP and WebSocket", async () => {
  const port = await started();
  expect(await asked(port, "evil.example")).toMatchObject(REFUSED);
  expect(await upgraded(port, "evil.example")).toBe("403");
  for (const host of ["localhost", "127.0.0.1"]) {
    expect(await asked(port, host)).toEqual(ANSWERED);
    expect(await upgraded(port, host)).toBe("101");
  }
});

test.for([
  ["on loopback", {}],
  ["beyond it", { host: "0.0.0.0", allowAnonymous: true }],
] as const)("a host that is listed is answered %s, and no other", async ([, options]) => {
  const port = await started({ ...options, allowedHosts: ["Gateway.example"] });
  expect(await asked(port, "gateway.example")).toEqual(ANSWERED);
  expect(await upgraded(port, "gateway.example")).toBe("101");
  expect(await asked(port, "evil.example")).toMatchObject(REFUSED);
  expect(await upgraded(port, "evil.example")).toBe("403");
});

test("beyond loopback any host is answered where none is listed", async () => {
  const port = await started({ host: "0.0.0.0", allowAnonymous: true });
  expect(await asked(port, "whatever.example")).toEqual(ANSWERED);
});

test("a server of the program's own has a rule of its own", async () => {
  const { gateway } = await startGateway({ broker: "embedded" });
  const server = createServer((asking, response) => gateway.handleRequest(asking, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    server.close();
    await gateway.close();
  });
  const { port } = server.address() as AddressInfo;
  expect(await asked(port, "whatever.example")).toEqual(ANSWERED);
});
