import { LIVE_MARK, markBody, numberIn } from "../wire/bench-message.ts";
import { messagesOf } from "../wire/operations.ts";
import { graphqlTransportWs } from "./conversation.ts";
import type { LineListener } from "./latency-lines.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

const LIVE_INTERVAL_MS = 50;
const MARK_BYTES = 64;

/** One subscriber over a WebSocket that reads the number of each message. Resolves when it is live. */
export async function subscribeToNumbers(
  { port, path, exchange }: { port: number; path: string; exchange: string },
  listener: LineListener,
  publish: (body: Buffer) => void,
): Promise<{ close(): void }> {
  const conversation = graphqlTransportWs(messagesOf(exchange));
  let again: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (why: Error) => {
        reject(why);
        listener.failed(why);
      };
      const connection = new WebSocketConnection(
        { port, path, subprotocol: "graphql-transport-ws" },
        0,
        {
          opened: () => connection.send(conversation.first ?? ""),
          text: (text) => {
            if (conversation.isFailure(text)) fail(new Error(`a subscriber was told ${text}`));
            const question = conversation.ask(text);
            if (question !== undefined) connection.send(question);
            const number = numberIn(text);
            if (number !== undefined) listener.arrived(number);
            else if (text.includes(LIVE_MARK)) resolve(connection);
          },
          counted: () => {},
          failed: fail,
        },
      );
      again = setInterval(() => publish(markBody(MARK_BYTES, LIVE_MARK)), LIVE_INTERVAL_MS);
    });
  } finally {
    clearInterval(again);
  }
}
