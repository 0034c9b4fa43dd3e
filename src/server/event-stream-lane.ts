import type { ServerResponse } from "node:http";
import { GraphQLError, type ExecutionResult } from "graphql";
import { EventStreamOutlet } from "./fan-out/outlet.ts";
import type { Group } from "./fan-out/group.ts";
import type { Authentication } from "../access/authenticate.ts";
import type { GatewayContext } from "../schema/context.ts";
import type { Pipeline } from "./pipeline.ts";

export const HEADERS = {
  "content-type": "text/event-stream",
  connection: "keep-alive",
  "cache-control": "no-cache",
  "content-encoding": "none",
};

/** A comment, to show that the stream is alive (HTML, section 9.2.7 "Authoring notes"). */
export const ALIVE = ":\n\n";
const COMPLETE = "event: complete\ndata:\n\n";

export interface EventStreamOptions {
  readonly pipeline: Pipeline;
  readonly authentication: Authentication;
  readonly keepAliveMs: number;
}

/**
 * A subscription of a group, over SSE (GraphQL over SSE, distinct connections mode). Resolves when
 * the stream has begun. It ends when its caller is nobody any more.
 */
export async function answerEvents(
  { pipeline, authentication, keepAliveMs }: EventStreamOptions,
  group: Group,
  context: GatewayContext,
  response: ServerResponse,
): Promise<void> {
  // Sent with the first bytes, which are the sign that the subscription is live.
  response.setHeaders(new Map(Object.entries(HEADERS)));
  const events = await group.subscribe(new EventStreamOutlet(response), context);
  const isRefused = events instanceof GraphQLError;
  if (response.destroyed) {
    if (!isRefused) await events.return?.();
    return;
  }
  response.write(ALIVE);
  if (isRefused) {
    end(response, { errors: [pipeline.mask(events)] });
    return;
  }
  const alive = setInterval(() => {
    if (!response.writableEnded) response.write(ALIVE);
  }, keepAliveMs);
  const stopWatching = authentication.whileGood(context.caller, (why) => {
    end(response, { errors: [pipeline.mask(why)] });
    // Not only once the client has read to the end, which it may never do.
    void events.return?.();
  });
  response.once("close", () => {
    clearInterval(alive);
    stopWatching();
    void events.return?.();
  });
  events.next().then(
    () => end(response),
    (error: unknown) => end(response, { errors: [pipeline.mask(error)] }),
  );
}

export function end(response: ServerResponse, result?: ExecutionResult): void {
  if (response.writableEnded || response.destroyed) return;
  if (result) response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
  response.end(COMPLETE);
}
