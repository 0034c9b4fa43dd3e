import { WebSocketConnection } from "./websocket-connection.ts";

const FEED = `subscription Feed($exchange: String!, $patterns: [String!]) {
  feed(exchange: $exchange, routingPatterns: $patterns) {
    ... on Live { since }
    ... on Message { routingKey json }
    ... on Gap { cause }
  }
}`;

export interface FeedSocketListener {
  changed(): void;
  counted(messages: number): void;
  failed(why: Error): void;
}

/** A socket for one `feed` at a time, which tells when it is live. */
export class FeedSocket {
  ready = false;
  live = false;
  received = 0;
  readonly #connection: WebSocketConnection;
  readonly #listener: FeedSocketListener;
  #id = 0;

  constructor(
    address: { readonly port: number; readonly path: string; readonly bodyBytes: number },
    listener: FeedSocketListener,
  ) {
    this.#listener = listener;
    this.#connection = new WebSocketConnection(
      { ...address, subprotocol: "graphql-transport-ws" },
      address.bodyBytes,
      {
        opened: () => this.#connection.send('{"type":"connection_init"}'),
        text: (text) => this.#read(text),
        counted: (messages) => {
          this.received += messages;
          listener.counted(messages);
        },
        failed: (why) => listener.failed(why),
      },
    );
  }

  subscribe(exchange: string, pattern: string): void {
    this.live = false;
    const payload = { query: FEED, variables: { exchange, patterns: [pattern] } };
    this.#connection.send(JSON.stringify({ id: String(++this.#id), type: "subscribe", payload }));
  }

  complete(): void {
    this.#connection.send(JSON.stringify({ id: String(this.#id), type: "complete" }));
  }

  /** From now on messages are counted. */
  count(): void {
    this.#connection.count();
  }

  close(): void {
    this.#connection.close();
  }

  #read(text: string): void {
    if (text.includes('"connection_ack"')) this.ready = true;
    else if (text.includes(`"id":"${this.#id}"`) && text.includes('"since"')) this.live = true;
    else this.#listener.failed(new Error(`a feed told ${text}`));
    this.#listener.changed();
  }
}
