import type { ServerResponse } from "node:http";
import { Kind, type ExecutionResult } from "graphql";
import type { GatewayContext } from "../schema/context.ts";
import type { Receipts } from "../work/delivery.ts";
import { ALIVE, end, HEADERS } from "./event-stream-lane.ts";
import type { Operation, Pipeline } from "./pipeline.ts";

/** The next event is asked for once the one before has left: what is confirmed then has been sent, if not received. */
const WHEN_SENT: Receipts = { confirm: (received) => received() };

/** Whether an operation asks for work from a queue, where that is plainly there. */
export function asksForWork({ definition }: Operation): boolean {
  const [field] = definition.selectionSet.selections;
  return field?.kind === Kind.FIELD && field.name.value === "deliveries";
}

/**
 * A subscription to work, over SSE (GraphQL over SSE, distinct connections mode): one event at a time, the next when
 * the bytes of the one before have left. Resolves when the stream has begun.
 */
export async function answerWork(
  pipeline: Pipeline,
  operation: Operation,
  context: GatewayContext,
  response: ServerResponse,
  keepAliveMs: number,
): Promise<void> {
  response.setHeaders(new Map(Object.entries(HEADERS)));
  const results = await pipeline.subscribe(operation, { ...context, receipts: WHEN_SENT });
  const events = Symbol.asyncIterator in results ? results[Symbol.asyncIterator]() : undefined;
  if (response.destroyed) {
    await events?.return?.();
    return;
  }
  response.write(ALIVE);
  if (!events) {
    end(response, results as ExecutionResult);
    return;
  }
  const alive = setInterval(() => {
    if (!response.writableEnded) response.write(ALIVE);
  }, keepAliveMs);
  response.once("close", () => {
    clearInterval(alive);
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
