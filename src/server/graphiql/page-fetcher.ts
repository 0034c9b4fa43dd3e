import type { ClientOptions, Sink, SubscribePayload } from "graphql-ws";

/** What GraphiQL asks its fetcher to execute. */
export interface PageOperation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
}

/** Where GraphiQL shows results. */
export interface PageObserver {
  next(result: unknown): void;
  complete(): void;
}

export interface PageObservable {
  subscribe(observer: PageObserver): { unsubscribe(): void };
}

export interface PageTabs {
  readonly activeTabIndex: number;
  readonly tabs: readonly { readonly query: string | null }[];
}

/** Of a graphql-ws client, what is used here. */
export interface PageClient {
  subscribe(operation: SubscribePayload, sink: Sink): () => void;
  dispose(): void | Promise<void>;
}

/** What the page gives its fetcher. */
export interface Page {
  /** Absolute, http or https. The WebSocket is at the same address. */
  readonly endpoint: string;
  createClient(options: ClientOptions): PageClient;
  /** Does what GraphiQL's Execute button does. */
  execute(): void;
}

export interface PageFetcher {
  readonly fetcher: (
    operation: PageOperation,
    options?: { readonly headers?: Record<string, unknown> | undefined },
  ) => Promise<unknown> | PageObservable;
  readonly onTabChange: (tabs: PageTabs) => void;
}

interface Running {
  readonly query: string;
  readonly end: () => void;
  observer?: PageObserver | undefined;
  latest?: unknown;
  /** GraphiQL has let go of it: ended, unless a change of tab turns out to be why. */
  released?: boolean;
}

/**
 * Executes what GraphiQL runs: subscriptions over WebSocket with the headers as connection
 * parameters, all else over HTTP. GraphiQL stops a subscription when another tab is shown; here it
 * goes on behind, and is rejoined when its tab is shown again.
 */
export function createPageFetcher(page: Page): PageFetcher {
  const running = new Set<Running>();
  let rejoining: Running | undefined;
  /** Each tab has headers of its own; one that has none takes those of the tab before, so that a token is entered once. */
  let latestHeaders: Record<string, string> = {};

  function start(operation: PageOperation, connectionParams: Record<string, string>): Running {
    const client = page.createClient({
      url: page.endpoint.replace(/^http/, "ws"),
      connectionParams,
      retryAttempts: Infinity,
      // With the same headers it would be closed again: see them changed first.
      shouldRetry: (event) => !isForbidden(event),
      on: {
        closed: (event) => {
          if (running.has(subscription) && !isForbidden(event))
            show({ errors: [{ message: `${lost(event)} Trying again.` }] });
        },
      },
    });
    const subscription: Running = {
      query: operation.query,
      end: () => {
        running.delete(subscription);
        void client.dispose();
      },
    };
    const show = (result: unknown) => {
      subscription.latest = result;
      subscription.observer?.next(result);
    };
    const finish = () => {
      subscription.end();
      subscription.observer?.complete();
    };
    running.add(subscription);
    client.subscribe(
      { ...operation },
      {
        next: show,
        complete: finish,
        error: (reason) => {
          show({ errors: Array.isArray(reason) ? reason : [{ message: lost(reason) }] });
          finish();
        },
      },
    );
    return subscription;
  }

  function observe(subscription: Running): PageObservable {
    return {
      subscribe(observer) {
        subscription.observer = observer;
        subscription.released = false;
        if (subscription.latest !== undefined) observer.next(subscription.latest);
        return {
          unsubscribe() {
            subscription.observer = undefined;
            subscription.released = true;
            queueMicrotask(() => {
              if (subscription.released) subscription.end();
            });
          },
        };
      },
    };
  }

  return {
    fetcher({ query, operationName, variables }, options) {
      if (rejoining) return observe(rejoining);
      for (const other of running) if (other.query === query && !other.observer) other.end();
      // Right after a change of tab, GraphiQL still gives the name of the operation in the one before.
      const name = operationName && operationKind(query, operationName) ? operationName : undefined;
      const operation = {
        query,
        ...(name && { operationName: name }),
        ...(variables && { variables }),
      };
      const given = Object.fromEntries(
        Object.entries(options?.headers ?? {}).map(([header, value]) => [header, String(value)]),
      );
      if (Object.keys(given).length > 0) latestHeaders = given;
      const headers = latestHeaders;
      return operationKind(query, name) === "subscription"
        ? observe(start(operation, headers))
        : post(page.endpoint, operation, headers);
    },

    onTabChange({ tabs, activeTabIndex }) {
      const shown = tabs[activeTabIndex]?.query;
      for (const subscription of running) {
        subscription.released = false;
        if (!tabs.some(({ query }) => query === subscription.query)) subscription.end();
        else if (subscription.query === shown) {
          // Only once GraphiQL has drawn the tab is its button the one of this tab.
          setTimeout(() => {
            rejoining = subscription.observer ? undefined : subscription;
            if (rejoining) page.execute();
            rejoining = undefined;
          });
        } else {
          const left = subscription.observer;
          subscription.observer = undefined;
          // A new tab does not stop what runs in the one before, and would be shown its results.
          if (left) queueMicrotask(() => left.complete());
        }
      }
    },
  };
}

/** The kind of the operation of that name, or of the first without one; undefined where there is none. */
function operationKind(query: string, name = ""): string | undefined {
  const kind = new RegExp(`(?:^|[\\s}])(query|mutation|subscription)\\s*${name}(?![_0-9A-Za-z])`);
  return kind.exec(query.replace(/#.*/g, ""))?.[1];
}

async function post(
  endpoint: string,
  operation: PageOperation,
  headers: Record<string, string>,
): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  try {
    // GraphiQL's page keeps integers beyond 2^53, which `response.json` would round.
    return JSON.parse(text);
  } catch {
    throw new Error(`HTTP ${response.status}: ${text.slice(0, 200)}`);
  }
}

/** Whether the gateway does not know who is asking, and said so by its close code. */
function isForbidden(event: unknown): boolean {
  return typeof event === "object" && event !== null && "code" in event && event.code === 4403;
}

/** Says how the WebSocket ended, from its CloseEvent or from what was thrown. */
function lost(event: unknown): string {
  if (typeof event === "object" && event !== null && "code" in event) {
    const reason = "reason" in event && typeof event.reason === "string" ? event.reason : "";
    return `The connection was closed (${[event.code, reason].filter(Boolean).join(", ")}).`;
  }
  return event instanceof Error ? event.message : "The connection was lost.";
}

/**
 * `createPageFetcher` as a script for the page: the text of the functions above, which therefore
 * use nothing but each other and what browsers have.
 */
export const PAGE_FETCHER_SCRIPT = [operationKind, post, isForbidden, lost, createPageFetcher]
  .map((part) => part.toString())
  .join("\n");
