import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { guessManagementUrl, managementApi } from "../../../harness/rabbitmq/management-api.ts";

test.for([
  ["amqp://broker", "http://guest:guest@broker:15672"],
  ["amqp://me:s%2Fcret@broker:5673/vhost", "http://me:s%2Fcret@broker:15672"],
  ["amqps://me:secret@broker", "https://me:secret@broker:15671"],
])("the management API of %s is taken to be at %s", ([amqpUrl, managementUrl]) => {
  expect(guessManagementUrl(amqpUrl ?? "")).toBe(managementUrl);
});

describe("a client of the management API", () => {
  let server: Server;
  let origin: string;
  let requests: { request: IncomingMessage; body: string }[];
  let answer: { status: number; body: string };

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        requests.push({ request, body });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => server.close();
  });

  test("sends credentials and JSON, and reads the JSON answered", async () => {
    answer = { status: 200, body: '[{"name":"q"}]' };
    const management = managementApi(`http://me:s%2Fcret@${origin}`);
    await expect(management("/api/queues")).resolves.toEqual([{ name: "q" }]);
    await management("/api/vhosts/a", { method: "PUT", body: { tracing: true } });
    expect(requests.map(({ request, body }) => [request.method, request.url, body])).toEqual([
      ["GET", "/api/queues", ""],
      ["PUT", "/api/vhosts/a", '{"tracing":true}'],
    ]);
    expect(requests[0]?.request.headers.authorization).toBe(`Basic ${btoa("me:s/cret")}`);
  });

  test("resolves with nothing where nothing was answered, and rejects with what was wrong", async () => {
    const management = managementApi(`http://guest:guest@${origin}`);
    answer = { status: 204, body: "" };
    await expect(management("/api/vhosts/a", { method: "DELETE" })).resolves.toBeUndefined();
    answer = { status: 404, body: '{"error":"Object Not Found"}' };
    await expect(management("/api/queues/%2F/none")).rejects.toThrow(
      'GET /api/queues/%2F/none: 404 {"error":"Object Not Found"}',
    );
  });
});
