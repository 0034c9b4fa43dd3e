import type { ClientOptions, Sink, SubscribePayload } from "graphql-ws";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createPageFetcher,
  type PageObservable,
  type PageObserver,
} from "../../../../src/server/graphiql/page-fetcher.ts";

const WATCH = "# Then run mutation Publish\nsubscription Watch { broker { state } }";
const PUBLISH = '# Arrives in Watch\nmutation Publish { deleteExchange(name: "#") }';
const bothTabs = [{ query: WATCH }, { query: PUBLISH }];

interface FakeSocket {
  readonly options: ClientOptions;
  readonly operation: SubscribePayload;
  readonly sink: Sink;
  disposed: boolean;
}

function openPage() {
  const sockets: FakeSocket[] = [];
  const executed = vi.fn<() => void>();
  const page = createPageFetcher({
    endpoint: "http://[::1]:4000/graphql",
    createClient(options) {
      let socket: FakeSocket | undefined;
      return {
        subscribe(operation, sink) {
          socket = { options, operation, sink, disposed: false };
          sockets.push(socket);
          return () => {};
        },
        dispose() {
          if (socket) socket.disposed = true;
        },
      };
    },
    execute: executed,
  });
  return { ...page, sockets, executed };
}

function observed(result: Promise<unknown> | PageObservable) {
  if (result instanceof Promise) throw new Error("Not a subscription.");
  const shown: unknown[] = [];
  const complete = vi.fn<() => void>();
  const observer: PageObserver = { next: (value) => shown.push(value), complete };
  return { shown, complete, ...result.subscribe(observer) };
}

/** When all that was put off to the next turn has run. */
const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

afterEach(() => void vi.unstubAllGlobals());

describe("a query or mutation", () => {
  test("is posted as JSON with the headers of the editor", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('{"data":{}}'));
    vi.stubGlobal("fetch", fetch);
    const { fetcher } = openPage();

    const result = await fetcher(
      { query: PUBLISH, operationName: "Publish", variables: { a: 1 } },
      { headers: { authorization: "Bearer t" } },
    );

    expect(result).toEqual({ data: {} });
    expect(fetch).toHaveBeenCalledExactlyOnceWith("http://[::1]:4000/graphql", {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        authorization: "Bearer t",
      },
      body: JSON.stringify({ query: PUBLISH, operationName: "Publish", variables: { a: 1 } }),
    });
  });

  test("is not given the name of an operation that only a comment of it mentions", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response("{}"));
    vi.stubGlobal("fetch", fetch);
    await openPage().fetcher({ query: PUBLISH, operationName: "Watch" });
    expect(fetch.mock.calls[0]?.[1]?.body).toBe(JSON.stringify({ query: PUBLISH }));
  });

  test("that is answered by something else than JSON fails with what was answered", async () => {
    vi.stubGlobal("fetch", async () => new Response("Bad gateway", { status: 502 }));
    await expect(openPage().fetcher({ query: PUBLISH })).rejects.toThrow("HTTP 502: Bad gateway");
  });
});

describe("a subscription", () => {
  test("goes over WebSocket, with the headers as connection parameters", () => {
    const { fetcher, sockets } = openPage();
    observed(
      fetcher({ query: WATCH, operationName: "Watch" }, { headers: { authorization: "Bearer t" } }),
    );
    expect(sockets).toMatchObject([
      {
        options: {
          url: "ws://[::1]:4000/graphql",
          connectionParams: { authorization: "Bearer t" },
        },
        operation: { query: WATCH, operationName: "Watch" },
      },
    ]);
  });

  test("is told from its neighbours in a document by the name of the operation", () => {
    const { fetcher, sockets } = openPage();
    observed(fetcher({ query: `${PUBLISH}\n${WATCH}`, operationName: "Watch" }));
    expect(sockets).toHaveLength(1);
  });

  test("ends when it is stopped", async () => {
    const { fetcher, sockets } = openPage();
    observed(fetcher({ query: WATCH })).unsubscribe();
    await nextTurn();
    expect(sockets[0]?.disposed).toBe(true);
  });

  test("goes on while another tab is shown, and is rejoined when its own is", async () => {
    const { fetcher, onTabChange, sockets, executed } = openPage();
    const before = observed(fetcher({ query: WATCH }));
    before.unsubscribe();
    onTabChange({ tabs: bothTabs, activeTabIndex: 1 });
    await nextTurn();
    sockets[0]?.sink.next({ data: "meanwhile" });

    const rejoined = new Promise<ReturnType<typeof observed>>((resolve) => {
      executed.mockImplementation(() => resolve(observed(fetcher({ query: WATCH }))));
    });
    onTabChange({ tabs: bothTabs, activeTabIndex: 0 });
    const { shown } = await rejoined;
    sockets[0]?.sink.next({ data: "again" });

    expect(before.shown).toEqual([]);
    expect(shown).toEqual([{ data: "meanwhile" }, { data: "again" }]);
    expect(sockets).toMatchObject([{ disposed: false }]);
  });

  test("is let go of by a new tab that GraphiQL opens without stopping it", async () => {
    const { fetcher, onTabChange, sockets } = openPage();
    const { shown, complete } = observed(fetcher({ query: WATCH }));
    onTabChange({ tabs: [...bothTabs, { query: null }], activeTabIndex: 2 });
    await nextTurn();
    sockets[0]?.sink.next({ data: "not for the new tab" });
    expect(complete).toHaveBeenCalledOnce();
    expect(shown).toEqual([]);
    expect(sockets).toMatchObject([{ disposed: false }]);
  });

  test("ends when its tab is closed", async () => {
    const { fetcher, onTabChange, sockets } = openPage();
    observed(fetcher({ query: WATCH })).unsubscribe();
    onTabChange({ tabs: [{ query: PUBLISH }], activeTabIndex: 0 });
    await nextTurn();
    expect(sockets[0]?.disposed).toBe(true);
  });

  test("that is started again takes the place of the one left behind", async () => {
    const { fetcher, onTabChange, sockets } = openPage();
    observed(fetcher({ query: WATCH })).unsubscribe();
    onTabChange({ tabs: bothTabs, activeTabIndex: 1 });
    await nextTurn();
    observed(fetcher({ query: WATCH }));
    expect(sockets).toMatchObject([{ disposed: true }, { disposed: false }]);
  });

  test("shows the errors of the operation, and ends", () => {
    const { fetcher, sockets } = openPage();
    const { shown, complete } = observed(fetcher({ query: WATCH }));
    sockets[0]?.sink.error([{ message: 'There is no exchange "x".' }]);
    expect(shown).toEqual([{ errors: [{ message: 'There is no exchange "x".' }] }]);
    expect(complete).toHaveBeenCalledOnce();
    expect(sockets[0]?.disposed).toBe(true);
  });

  test("says when the connection is lost and tried again, and when it is closed for good", () => {
    const { fetcher, sockets } = openPage();
    const { shown, complete } = observed(fetcher({ query: WATCH }));
    sockets[0]?.options.on?.closed?.({ code: 1012, reason: "Restarting" });
    expect(complete).not.toHaveBeenCalled();
    sockets[0]?.sink.error({ code: 4403, reason: "Forbidden" });
    expect(complete).toHaveBeenCalledOnce();
    expect(shown).toEqual([
      { errors: [{ message: "The connection was closed (1012, Restarting). Trying again." }] },
      { errors: [{ message: "The connection was closed (4403, Forbidden)." }] },
    ]);
  });
});
