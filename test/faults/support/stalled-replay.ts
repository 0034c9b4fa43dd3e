import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { ProtocolSocket } from "../../conformance/graphql/support/protocol-socket.ts";
import { nextEvents, type Received } from "../../conformance/graphql/support/user.ts";
import type { GatewayProcess } from "../../harness/gateway-process.ts";

export const REPLAY = /* GraphQL */ `
  subscription ($stream: String!, $from: ReplayFrom!) {
    replay(stream: $stream, from: $from) {
      text
      gap {
        cause
      }
    }
  }
`;

/** A replay from the first message on whose client has stopped to read, having been sent some. */
export interface StalledReplay {
  /** The first `count` of its messages; it reads on for them. */
  read(count: number): Promise<readonly Received[]>;
}

export async function stalledOverWebSocket(
  { wsUrl }: GatewayProcess,
  stream: string,
): Promise<StalledReplay> {
  const socket = await ProtocolSocket.open(wsUrl);
  onTestFinished(() => socket.socket.terminate());
  const replay = socket.subscribe(REPLAY, { stream, from: { position: "FIRST" } });
  const first = await nextEvents(replay, 1);
  socket.socket.pause();
  return {
    async read(count) {
      socket.socket.resume();
      return [...first, ...(await nextEvents(replay, count - 1))];
    },
  };
}

export async function stalledOverSse(
  { graphqlUrl }: GatewayProcess,
  stream: string,
): Promise<StalledReplay> {
  // A connection of its own, so that this reader can stop reading.
  const asking = request(graphqlUrl, {
    agent: false,
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
  });
  onTestFinished(() => void asking.destroy());
  const variables = { stream, from: { position: "FIRST" } };
  asking.end(JSON.stringify({ query: REPLAY, variables }));
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  response.on("error", () => {});
  await once(response, "readable");
  return {
    async read(count) {
      const events: Received[] = [];
      let text = "";
      for await (const chunk of response) {
        text += String(chunk);
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        events.push(...blocks.flatMap(replayedIn));
        if (events.length >= count) break;
      }
      return events.slice(0, count);
    },
  };
}

/** The message in an event of the stream; none in a comment. */
function replayedIn(block: string): Received[] {
  const [, data] = /^data:\s*(\{.*\})$/m.exec(block) ?? [];
  if (data === undefined) return [];
  const { data: told } = JSON.parse(data) as { data: { replay: Received } };
  return [told.replay];
}
