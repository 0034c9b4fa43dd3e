import { connectionInit } from "./conversation.ts";
import { deferred, type Deferred } from "./deferred.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

export interface GraphQLSocketAddress {
  readonly port: number;
  readonly path: string;
  /** What the client shows of who it is. */
  readonly token?: string | undefined;
}

interface Waiting extends Deferred<string> {
  result: string;
}

/** One graphql-transport-ws socket that runs queries and mutations, many at a time. */
export class SocketClient {
  readonly #connection: WebSocketConnection;
  readonly #opened = deferred<void>();
  readonly #waiting = new Map<string, Waiting>();

  constructor({ port, path, token }: GraphQLSocketAddress) {
    this.#connection = new WebSocketConnection(
      { port, path, subprotocol: "graphql-transport-ws" },
      0,
      {
        opened: () => this.#connection.send(connectionInit(token)),
        text: (text) =>
          text.includes('"connection_ack"') ? this.#opened.resolve() : this.#read(text),
        counted: () => {},
        failed: (why) => {
          this.#opened.reject(why);
          for (const { reject } of this.#waiting.values()) reject(why);
        },
      },
    );
  }

  async opened(): Promise<void> {
    await this.#opened.promise;
  }

  /** Runs the operation of the `subscribe` message `text`, whose id is `id`; resolves with its result's message. */
  request(id: string, text: string): Promise<string> {
    const waiting = { ...deferred<string>(), result: "" };
    this.#waiting.set(id, waiting);
    this.#connection.send(text);
    return waiting.promise;
  }

  close(): void {
    this.#connection.close();
  }

  #read(text: string): void {
    const { id, type } = JSON.parse(text) as { id: string; type: string };
    const waiting = this.#waiting.get(id);
    if (type === "complete") {
      this.#waiting.delete(id);
      waiting?.resolve(waiting.result);
    } else if (type === "next" && waiting) waiting.result = text;
    else waiting?.reject(new Error(`an operation was answered with ${text}`));
  }
}
