import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServeGraphiql } from "../../../../src/server/graphiql/serve-graphiql.ts";

const CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

const serveGraphiql = createServeGraphiql({
  endpoint: "/graphql",
  onError: (error) => {
    throw error;
  },
});
const server = createServer((incoming, response) => {
  if (!serveGraphiql(incoming, response)) response.writeHead(418).end();
});

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void server.close());

async function ask(
  headers: Record<string, string>,
  { method = "GET", path = "/graphql" } = {},
): Promise<{ status: number | undefined; headers: IncomingMessage["headers"]; body: Buffer }> {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server does not listen.");
  const asked = request({ host: "127.0.0.1", port: address.port, method, path, headers }).end();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve).once("error", reject);
  });
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}

describe("a browser", () => {
  test.for([
    ["", undefined, (body: Buffer) => body],
    ["gzip", "gzip", gunzipSync],
    ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
    ["br;q=0, *", "gzip", gunzipSync],
  ] as const)("that accepts the encodings '%s' is sent %s", async ([accepted, sent, decode]) => {
    const { status, headers, body } = await ask({ accept: CHROMIUM, "accept-encoding": accepted });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-encoding"]).toBe(sent);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(headers.vary).toBe("Accept, Accept-Encoding");
    expect(decode(body).toString()).toMatch(/^<!doctype html>[^]*TopicPublish[^]*<\/html>\n$/);
  });

  test("is sent the page on its way back to a document in the address", async () => {
    const { status } = await ask(
      { accept: CHROMIUM },
      { path: "/graphql?query=%7Bbroker%7Bkind%7D%7D" },
    );
    expect(status).toBe(200);
  });

  test("that has the page already is told so", async () => {
    const br = { accept: CHROMIUM, "accept-encoding": "br" };
    const { etag } = (await ask(br)).headers;
    const again = await ask({ ...br, "if-none-match": `W/"other", ${etag}` });
    expect(again).toMatchObject({ status: 304, headers: { etag }, body: Buffer.of() });
    const otherEncoding = await ask({ accept: CHROMIUM, "if-none-match": String(etag) });
    expect(otherEncoding.status).toBe(200);
  });

  test("that asks for the head gets the headers of the page and no body", async () => {
    const accept = { accept: CHROMIUM, "accept-encoding": "gzip" };
    const page = await ask(accept);
    const head = await ask(accept, { method: "HEAD" });
    expect(head.body).toHaveLength(0);
    expect({ ...head.headers, date: "" }).toEqual({ ...page.headers, date: "" });
  });

  test("is told to run this script and no other, and to connect to nothing else", async () => {
    const { headers, body } = await ask({ accept: CHROMIUM });
    const [, script = ""] = /<script>([^]*)<\/script>\n<\/body>/.exec(body.toString()) ?? [];
    const policy = new Map(
      String(headers["content-security-policy"])
        .split("; ")
        .map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1).join(" ")]),
    );
    const hash = createHash("sha256").update(script).digest("base64");
    expect(script.length).toBeGreaterThan(1_000_000);
    expect(policy.get("script-src")).toBe(`'sha256-${hash}'`);
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("connect-src")).toBe("'self'");
  });
});

describe("left to others is", () => {
  test.for([
    ["a query from curl", "GET", "/graphql?query=%7Bbroker%7Bkind%7D%7D", "*/*"],
    ["a query from a GraphQL client", "GET", "/graphql?query=x", "application/json"],
    [
      "what prefers a GraphQL response",
      "GET",
      "/graphql",
      "application/graphql-response+json, text/html;q=0.9",
    ],
    ["what would take JSON as well", "GET", "/graphql", "application/json, text/html"],
    ["a subscription over SSE", "GET", "/graphql", "text/event-stream"],
    ["what refuses HTML", "GET", "/graphql", "text/html;q=0, */*"],
    ["a POST from a form", "POST", "/graphql", CHROMIUM],
    ["another path", "GET", "/graphql/schema", CHROMIUM],
    ["a path that begins alike", "GET", "/graphql2", CHROMIUM],
  ] as const)("%s", async ([, method, path, accept]) => {
    expect((await ask({ accept }, { method, path })).status).toBe(418);
  });

  test("what says nothing about what it accepts", async () => {
    expect((await ask({})).status).toBe(418);
  });
});
