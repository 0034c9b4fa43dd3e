import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ManagementApi } from "../../../../src/broker/rabbitmq/management-api.ts";

const SECRET = "pass:w@rd ü";

/** A management API that does what `answer` says, and a client of it. */
async function apiThat(answer: RequestListener, path = "/") {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const api = new ManagementApi(500);
  onTestFinished(async () => {
    api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const base = new URL(path, `http://127.0.0.1:${port}`);
  const address = { base, user: "alice", password: SECRET, tls: {} };
  return { api, address, get: (asked: string) => api.get(address, asked), server };
}

test("asks as whom it is told, below the path it is told, for JSON", async () => {
  const { get } = await apiThat(({ url, headers }, response) => {
    response.end(JSON.stringify({ url, authorization: headers.authorization }));
  }, "/rabbit/");
  expect(await get("/api/queues/%2F/a%20b")).toEqual({
    url: "/rabbit/api/queues/%2F/a%20b",
    authorization: `Basic ${Buffer.from(`alice:${SECRET}`).toString("base64")}`,
  });
});

test("uses a connection again, and two at most", async () => {
  const { get, server } = await apiThat((_request, response) => {
    setImmediate(() => response.end("[]"));
  });
  let connections = 0;
  server.on("connection", () => connections++);
  await Promise.all(Array.from({ length: 20 }, () => get("/api/queues")));
  await get("/api/queues");
  expect(connections).toBeLessThanOrEqual(2);
});

test.for<[string, RequestListener, object]>([
  ["a refusal", (_, response) => response.writeHead(401).end("{}"), { status: 401 }],
  ["nothing of that name", (_, response) => response.writeHead(404).end("{}"), { status: 404 }],
  ["no JSON", (_, response) => response.end("<html>"), { status: undefined }],
  ["no answer", () => {}, { message: expect.stringContaining("no answer in time"), isLate: true }],
  [
    "half an answer",
    (_, response) => response.write("["),
    { message: expect.stringContaining("no answer in time"), isLate: true },
  ],
  [
    "the end of the connection",
    ({ socket }) => socket.destroy(),
    { message: expect.stringContaining("ECONNRESET"), isLate: false },
  ],
])("tells of %s, and nothing of where and as whom", async ([, answer, trouble]) => {
  const { get, address } = await apiThat(answer);
  const error = await get("/api/queues").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "ManagementTrouble", ...trouble });
  const told = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect((error as Error).message).not.toContain(address.base.port);
  for (const secret of [SECRET, "alice", "w%40rd"]) expect(told).not.toContain(secret);
});

test("tells that nobody is there", async () => {
  const { get, server } = await apiThat(() => {});
  await new Promise((resolve) => server.close(resolve));
  await expect(get("/api/queues")).rejects.toThrow("ECONNREFUSED");
});
