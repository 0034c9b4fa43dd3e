import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "./listen.ts";

/** What a request's path asks for, with its JSON body; what it resolves to is the answer. */
export type Handlers = Readonly<Record<string, (asked: never) => Promise<object>>>;

/**
 * Serves a program that does work for the load and has no clients. Call what is returned for each message that is
 * done with: on one endless answer at /done the load is told how many, a line a turn.
 */
export function serveWork(handlers: Handlers): () => void {
  let untold = 0;
  let told: ServerResponse | undefined;
  const tell = () => {
    // Whoever comes later is told of all that came before.
    if (!told) return;
    told.write(`${untold}\n`);
    untold = 0;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/done") {
      response.writeHead(200).flushHeaders();
      told = response;
      request.once("close", () => (told = undefined));
      if (untold > 0) tell();
      return;
    }
    const chunks = await request.toArray();
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as never;
    response.end(JSON.stringify(await handlers[request.url ?? ""]?.(asked)));
  };
  listen(
    createServer({ noDelay: true }, (request, response) => {
      answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    }),
  );
  return () => {
    if (++untold === 1) setImmediate(tell);
  };
}
