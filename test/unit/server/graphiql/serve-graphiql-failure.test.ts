import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { graphiqlPage } from "../../../../src/server/graphiql/graphiql-page.ts";
import { createServeGraphiql } from "../../../../src/server/graphiql/serve-graphiql.ts";

vi.mock("../../../../src/server/graphiql/graphiql-page.ts");

const onError = vi.fn<(error: Error) => void>();
const serveGraphiql = createServeGraphiql({ endpoint: "/graphql", onError });
const server = createServer((request, response) => void serveGraphiql(request, response));

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void server.close());

test("a page that cannot be made is a bare 500 and an error for the log, and is tried again", async () => {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server does not listen.");
  const ask = () =>
    fetch(`http://127.0.0.1:${address.port}/graphql`, { headers: { accept: "text/html" } });
  const missing = new Error("Cannot find package in /srv/secret");
  vi.mocked(graphiqlPage)
    .mockRejectedValueOnce(missing)
    .mockResolvedValue({ html: "<!doctype html>", contentSecurityPolicy: "default-src 'none'" });

  const failed = await ask();
  expect(failed.status).toBe(500);
  expect(await failed.text()).toBe("");
  expect(onError).toHaveBeenCalledExactlyOnceWith(missing);

  const next = await ask();
  expect(next.status).toBe(200);
  expect(await next.text()).toBe("<!doctype html>");
  expect(onError).toHaveBeenCalledOnce();
});
