import { GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { Authentication } from "../access/authenticate.ts";
import type { GatewayContext } from "../schema/context.ts";

/** Ends a subscription when its caller is nobody any more, with an error that says so. */
export function endWithCaller(authentication: Authentication): Plugin<GatewayContext> {
  return {
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const events = await subscribeFn(args);
        const { caller } = args.contextValue;
        return isAsyncIterable(events)
          ? untilEnded(events, (end) => authentication.whileGood(caller, end))
          : events;
      });
    },
  };
}

/** `events`, whose `return` acts at once, until `watch` tells why there are no more. */
function untilEnded(
  events: AsyncIterable<unknown>,
  watch: (end: (why: Error) => void) => () => void,
): AsyncIterableIterator<unknown> {
  const iterator = events[Symbol.asyncIterator]();
  let end: { why: Error; isTold: boolean } | undefined;
  const stopWatching = watch((why) => {
    end = { why, isTold: false };
    // Why it could not be ended is told to nobody who could do anything about it.
    iterator.return?.().catch(() => {});
  });
  const nextOrThrow = async () => {
    try {
      return await iterator.next();
    } catch (error) {
      stopWatching();
      throw error;
    }
  };
  return {
    async next() {
      const result = end ? OVER : await nextOrThrow();
      if (end && !end.isTold) {
        end.isTold = true;
        return { done: false, value: { errors: [unauthenticated(end.why)] } };
      }
      if (result.done) stopWatching();
      return result;
    },
    async return() {
      stopWatching();
      return (await iterator.return?.()) ?? OVER;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };

function unauthenticated({ message }: Error): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "UNAUTHENTICATED" } });
}
