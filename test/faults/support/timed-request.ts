import { once } from "node:events";
import { request, type Agent, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { FormattedExecutionResult } from "graphql";

/** An answer, and when it came. */
export interface TimedAnswer {
  readonly result: FormattedExecutionResult;
  /** From the last byte of the request leaving this process to the first of the answer being read, in milliseconds. */
  readonly waitedMs: number;
  /** From before the request is made until its whole answer is read, in milliseconds. */
  readonly tookMs: number;
}

/** Executes an operation over HTTP. Rejects where the connection is lost, or after 30 s. */
export async function timedRequest(
  agent: Agent,
  graphqlUrl: string,
  operation: { query: string; variables?: Record<string, unknown> },
): Promise<TimedAnswer> {
  const startedAt = performance.now();
  const asking = request(graphqlUrl, {
    agent,
    signal: AbortSignal.timeout(30_000),
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
  });
  let sentAt = startedAt;
  asking.once("finish", () => (sentAt = performance.now()));
  const answered = once(asking, "response").then(([response]) => ({
    response: response as IncomingMessage,
    readAt: performance.now(),
  }));
  asking.end(JSON.stringify(operation));
  const { response, readAt } = await answered;
  const result = JSON.parse(await text(response)) as FormattedExecutionResult;
  return {
    result,
    waitedMs: Math.max(0, readAt - sentAt),
    tookMs: performance.now() - startedAt,
  };
}
