import type { ServerResponse } from "node:http";
import { Kind, type ExecutionResult } from "graphql";
import type { GatewayContext } from "../schema/context.ts";
import type { Receipts } from "../work/delivery.ts";
import { ALIVE, end, HEADERS, type EventStreamOptions } from "./event-stream-lane.ts";
import type { Operation } from "./pipeline.ts";

/** The next event is asked for once the one before has left: what is confirmed then has been sent, if not received. */
const WHEN_SENT: Receipts = { confirm: (received) => received() };

/** Whether an operation asks for work from a queue, where that is plainly there. */
export function asksForWork({ definition }: Operation): boolean {
  const [field] = definition.selectionSet.selections;
  return field?.kind === Kind.FIELD && field.name.value === "deliveries";
}

/**
 * A subscription to work, over SSE (GraphQL over SSE, distinct connections mode): one event at a time, the next when
 * the bytes of the one before have left. Resolves when the stream has begun. It ends when its caller is nobody any more.
 */
export async function answerWork(
  { pipeline, authentication, keepAliveMs }: EventStreamOptions,
  operation: Operation,
  context: GatewayContext,
  response: ServerResponse,
): Promise<void> {
  response.setHeaders(new Map(Object.entries(HEADERS)));
  const results = await pipeline.subscribe(operation, { ...context, receipts: WHEN_SENT });
  if (!(Symbol.asyncIterator in results)) {
    if (!response.destroyed) response.write(ALIVE);
    end(response, results);
    return;
  }
  const events = results[Symbol.asyncIterator]();
  if (response.destroyed) {
    await events.return?.();
    return;
  }
  response.write(ALIVE);
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
  writeAll(events, response).then(
    () => end(response),
    (error: unknown) => end(response, { errors: [pipeline.mask(error)] }),
  );
}

async function writeAll(
  events: AsyncIterator<ExecutionResult>,
  response: ServerResponse,
): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done || response.writableEnded) return;
    const text = `event: next\ndata: ${JSON.stringify(value)}\n\n`;
    const hasLeft = await new Promise<boolean>((resolve) => {
      response.write(text, (error) => resolve(!error));
    });
    if (!hasLeft) return;
  }
}
