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

/** On a socket, in milliseconds. A signal for each of a thousand requests a second would keep them until its time. */
const SILENCE_MS = 30_000;

/** Executes an operation over HTTP. Rejects where the connection is lost, or nothing comes for 30 s. */
export async function timedRequest(
  agent: Agent,
  graphqlUrl: string,
  operation: { query: string; variables?: Record<string, unknown> },
): Promise<TimedAnswer> {
  const startedAt = performance.now();
  const asking = request(graphqlUrl, {
    agent,
    timeout: SILENCE_MS,
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
  });
  asking.once("timeout", () => asking.destroy(new Error("no answer")));
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
