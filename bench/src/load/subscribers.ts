import type { GraphQLRequest } from "../wire/operations.ts";
import type { Connection, Listener } from "./connection.ts";
import { graphqlTransportWs, NOTHING_TO_SAY, stomp, type Conversation } from "./conversation.ts";
import { EventStreamConnection } from "./event-stream-connection.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

/** Where and how a target is subscribed to. */
export interface SubscribeAddress {
  readonly transport: "graphql-transport-ws" | "graphql-sse" | "web-stomp";
  readonly port: number;
  readonly path: string;
  /** What a client shows of who it is; over SSE none does. */
  readonly token?: string | undefined;
}

export interface SubscriberOptions {
  readonly address: SubscribeAddress;
  readonly request: GraphQLRequest;
  /** The length of every message's body. */
  readonly bodyBytes: number;
}

interface Speaking {
  readonly connection: Connection;
  readonly conversation: Conversation;
}
type Speak = (options: SubscriberOptions, listener: Listener) => Speaking;

const overWebSocket =
  (
    subprotocol: string,
    conversationOf: (request: GraphQLRequest, token?: string) => Conversation,
  ): Speak =>
  ({ address, request, bodyBytes }, listener) => ({
    connection: new WebSocketConnection({ ...address, subprotocol }, bodyBytes, listener),
    conversation: conversationOf(request, address.token),
  });

const SPEAK: Readonly<Record<SubscribeAddress["transport"], Speak>> = {
  "graphql-transport-ws": overWebSocket("graphql-transport-ws", graphqlTransportWs),
  "web-stomp": overWebSocket("v12.stomp", ({ variables }) =>
    stomp(String(variables["exchange"]), "#"),
  ),
  "graphql-sse": ({ address, request }, listener) => ({
    connection: new EventStreamConnection(address, request, listener),
    conversation: NOTHING_TO_SAY,
  }),
};

/** The connection of one subscriber, and what is to be said on it. */
export function subscriberOf(options: SubscriberOptions, listener: Listener): Speaking {
  return SPEAK[options.address.transport](options, listener);
}
