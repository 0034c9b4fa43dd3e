import type { GraphQLRequest } from "../wire/operations.ts";
import { HttpClient, jsonPost } from "./http-client.ts";
import { SocketClient } from "./socket-client.ts";

/** Where and how a target is asked to publish, or for replies. */
export interface PublishAddress {
  readonly transport: "http" | "graphql-transport-ws";
  readonly port: number;
  readonly path: string;
  readonly headers?: readonly string[];
  /** What clients show of who they are. */
  readonly token?: string | undefined;
}

/** What one client sends again and again; resolves with the answer. */
export type Send = () => Promise<string>;

/** `count` clients with one request at a time, each its own: a connection each over HTTP, one for all over WebSocket. */
export async function publishClients(
  address: PublishAddress,
  count: number,
  requestOf: (place: number) => GraphQLRequest | object,
): Promise<{ readonly sends: readonly Send[]; close(): void }> {
  if (address.transport === "http") {
    const { token, headers = [] } = address;
    const shown = token === undefined ? headers : [...headers, `Authorization: Bearer ${token}`];
    const connections = Array.from({ length: count }, () => new HttpClient(address.port));
    await Promise.all(connections.map((connection) => connection.opened()));
    return {
      sends: connections.map((connection, place) => {
        const bytes = jsonPost({ ...address, headers: shown }, requestOf(place));
        return () => connection.request(bytes);
      }),
      close: () => connections.forEach((connection) => connection.close()),
    };
  }
  const socket = new SocketClient(address);
  await socket.opened();
  const sends = Array.from({ length: count }, (_, place) => {
    const id = String(place);
    const text = JSON.stringify({ id, type: "subscribe", payload: requestOf(place) });
    return () => socket.request(id, text);
  });
  return { sends, close: () => socket.close() };
}
