import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { graphiqlPage } from "../../../../src/server/graphiql/graphiql-page.ts";

const PAGE = "../../../../src/server/graphiql/graphiql-page.ts";
const page = vi.fn<typeof graphiqlPage>();
// Other files of the same process have the real one loaded.
vi.resetModules();
vi.doMock(PAGE, () => ({ graphiqlPage: page }));
const { createServeGraphiql } = await import("../../../../src/server/graphiql/serve-graphiql.ts");

const onError = vi.fn<(error: Error) => void>();
const serveGraphiql = createServeGraphiql({ endpoint: "/graphql", onError });
const server = createServer((request, response) => void serveGraphiql(request, response));

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  server.close();
  vi.doUnmock(PAGE);
  vi.resetModules();
});

test("a page that cannot be made is a bare 500 and an error for the log, and is tried again", async () => {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server does not listen.");
  const ask = () =>
    fetch(`http://127.0.0.1:${address.port}/graphql`, { headers: { accept: "text/html" } });
  const missing = new Error("Cannot find package in /srv/secret");
  page
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
