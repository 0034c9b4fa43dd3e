import { randomUUID } from "node:crypto";
import type { GraphQLRequest } from "../wire/operations.ts";

/** What a subscriber says, and when, until it has asked for what it wants. */
export interface Conversation {
  /** The subprotocol; undefined where there is none to speak of. */
  readonly first: string | undefined;
  /** What is said after the server has agreed to speak; undefined where `text` is not that. */
  ask(text: string): string | undefined;
  /** Whether `text` tells of a failure. */
  isFailure(text: string): boolean;
}

/** What a graphql-transport-ws client says first, with what it shows of who it is. */
export function connectionInit(token: string | undefined): string {
  return JSON.stringify({
    type: "connection_init",
    ...(token !== undefined && { payload: { authorization: `Bearer ${token}` } }),
  });
}

/** The graphql-transport-ws protocol. An operation's id is as graphql-ws's own client makes it up. */
export function graphqlTransportWs(request: GraphQLRequest, token?: string): Conversation {
  return {
    first: connectionInit(token),
    ask: (text) =>
      text.includes('"connection_ack"')
        ? JSON.stringify({ id: randomUUID(), type: "subscribe", payload: request })
        : undefined,
    isFailure: (text) => /"type":"(error|complete)"|"errors":/.test(text),
  };
}

/** STOMP 1.2 as RabbitMQ speaks it over WebSockets: a queue of the subscriber's own, bound to an exchange. */
export function stomp(exchange: string, routingPattern: string): Conversation {
  return {
    first: "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:0,0\n\n\0",
    ask: (text) =>
      text.startsWith("CONNECTED")
        ? `SUBSCRIBE\nid:0\nack:auto\ndestination:/exchange/${exchange}/${routingPattern}\n\n\0`
        : undefined,
    isFailure: (text) => text.startsWith("ERROR"),
  };
}

/** What has been asked for by the request itself, as over SSE. */
export const NOTHING_TO_SAY: Conversation = {
  first: undefined,
  ask: () => undefined,
  isFailure: (text) => /"errors":|event: complete/.test(text),
};
