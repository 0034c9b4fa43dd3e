import type { ServerResponse } from "node:http";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/**
 * Ends a subscription with the response that it was for. Yoga does so too, but not where the client
 * has gone before the subscription was there: nobody would ever end it.
 */
export function endWithResponse(): Plugin<{ res?: ServerResponse }> {
  return {
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const events = await subscribeFn(args);
        const { res } = args.contextValue;
        if (!res || !isAsyncIterable(events)) return events;
        const end = () => void events[Symbol.asyncIterator]().return?.();
        if (res.destroyed) end();
        else res.once("close", end);
        return events;
      });
    },
  };
}
