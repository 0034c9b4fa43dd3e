import type { FormattedExecutionResult } from "graphql";
import type { TestGateway } from "../../../harness/gateway.ts";
import { Inbox } from "./inbox.ts";

export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/** One operation over text/event-stream, event by event as they come over the wire. */
export interface SseStream {
  readonly response: Response;
  /** Every event so far, `next` and `complete` alike, in the order in which they came. */
  readonly events: readonly SseEvent[];
  /** Resolves when the stream has ended, by whomever. */
  readonly ended: Promise<void>;
  /** The data of the next `next`. Rejects where the stream has ended. */
  next(): Promise<FormattedExecutionResult>;
  /** Goes away. */
  abort(): void;
}

/** The distinct connections mode of GraphQL over SSE: a request an operation. */
export async function openSse(
  { graphqlUrl }: Pick<TestGateway, "graphqlUrl">,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<SseStream> {
  const aborting = new AbortController();
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
    body: JSON.stringify({ query, variables }),
    signal: aborting.signal,
  });
  const events: SseEvent[] = [];
  const results = new Inbox<FormattedExecutionResult>();

  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) received(block);
      }
    } catch (error) {
      if (!aborting.signal.aborted) throw error;
    } finally {
      results.end(new Error("The event stream has ended"));
    }
  }

  function received(block: string): void {
    const lines = block.split("\n").filter((line) => !line.startsWith(":"));
    if (lines.length === 0) return;
    const valueOf = (field: string) =>
      lines
        .filter((line) => line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ""))
        .join("\n");
    const event = { event: valueOf("event"), data: valueOf("data") };
    events.push(event);
    if (event.event === "next") results.put(JSON.parse(event.data) as FormattedExecutionResult);
  }

  return {
    response,
    events,
    ended: read(),
    next: () => results.take(),
    abort: () => aborting.abort(),
  };
}
