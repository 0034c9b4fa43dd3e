import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway } from "../../../src/gateway.ts";
import { startGateway, type TestGateway } from "../../harness/gateway.ts";
import { openSse } from "./support/sse-stream.ts";
import { withSocket } from "./support/shared-gateway.ts";
import { withoutLanes } from "./support/without-lanes.ts";

const KIND = "{ broker { kind } }";
const MESSAGES = `subscription { messages(exchange: "amq.fanout") { text } }`;
const PUBLISH = `mutation { publish(input: {exchange: "amq.fanout", body: {text: "hello"}}) { routed } }`;
const DOCUMENTS = { kind: KIND, messages: MESSAGES, publish: PUBLISH };
const named = (sha256Hash: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});
const OTHER = "{ broker { state } }";

async function posted(url: string, request: object) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(request),
  });
  return (await response.json()) as {
    data?: unknown;
    errors?: { extensions: { code: string } }[];
  };
}

async function got(url: string, parameters: string) {
  return (await fetch(`${url}?${parameters}`)).json();
}

describe("where only persisted operations are executed", () => {
  let gateway: TestGateway;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rabbitql-test-files-"));
    const file = join(folder, "operations.json");
    await writeFile(file, JSON.stringify(DOCUMENTS));
    gateway = await startGateway({ broker: "embedded", persistedOperations: file });
  });
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true });
  });

  /** Answers over HTTP, by a lane and by Yoga, and over WebSocket. */
  const answers = async (request: object) => [
    await posted(gateway.graphqlUrl, request),
    await posted(withoutLanes(gateway).graphqlUrl, request),
    await withSocket(gateway, (socket) => socket.start({ query: "", ...request }).next()),
  ];

  test("one is, by its id and by its text, however it comes", async () => {
    for (const request of [named("kind"), { query: KIND }])
      for (const { data } of await answers(request))
        expect(data).toEqual({ broker: { kind: "EMBEDDED" } });
  });

  test.for([
    ["any other document", { query: OTHER }, "FORBIDDEN"],
    ["introspection", { query: "{ __schema { queryType { name } } }" }, "FORBIDDEN"],
    ["an id that is none", named("other"), "NOT_FOUND"],
    ["nothing", {}, "BAD_USER_INPUT"],
  ] as const)("%s is not, however it comes", async ([, request, code]) => {
    for (const { data, errors } of await answers(request)) {
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code } }]);
    }
  });

  test("a GET is answered the same", async () => {
    const extensions = encodeURIComponent(JSON.stringify(named("kind").extensions));
    expect(await got(gateway.graphqlUrl, `extensions=${extensions}`)).toEqual({
      data: { broker: { kind: "EMBEDDED" } },
    });
    expect(await got(gateway.graphqlUrl, `query=${encodeURIComponent(OTHER)}`)).toMatchObject({
      errors: [{ extensions: { code: "FORBIDDEN" } }],
    });
  });

  test("subscriptions and mutations are, over WebSocket and SSE", async () => {
    await withSocket(gateway, async (socket) => {
      const overSocket = socket.start({ query: "", ...named("messages") });
      const overSse = await openSse(gateway, MESSAGES);
      const published = socket.start({ query: "", ...named("publish") });
      expect(await published.next()).toEqual({ data: { publish: { routed: true } } });
      expect(await overSocket.next()).toEqual({ data: { messages: { text: "hello" } } });
      expect(await overSse.next()).toEqual({ data: { messages: { text: "hello" } } });
      overSse.abort();
    });
  });

  test("a file that is wrong is told before anything starts", async () => {
    const wrong = join(folder, "wrong.json");
    await writeFile(wrong, JSON.stringify({ a: "{ nothing }" }));
    expect(() => createGateway({ persistedOperations: wrong })).toThrow(
      /persistedOperations.*Cannot query field "nothing"/s,
    );
    expect(() => createGateway({ persistedOperations: `${wrong}.not-there` })).toThrow(/ENOENT/);
  });
});
