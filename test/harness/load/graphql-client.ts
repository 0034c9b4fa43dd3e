import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { FormattedExecutionResult } from "graphql";
import { ProtocolSocket } from "../../conformance/graphql/support/protocol-socket.ts";

/** Executes operations over one transport, on connections that it keeps and renews. */
export interface GraphqlClient {
  /** Rejects where the connection was lost, or `signal` came, before the answer. */
  execute(
    query: string,
    variables: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<FormattedExecutionResult>;
  /** Closes its connections. */
  close(): void;
}

export function httpClient(graphqlUrl: string): GraphqlClient {
  const agent = new Agent({ keepAlive: true });
  return {
    async execute(query, variables, signal) {
      const asking = request(graphqlUrl, {
        agent,
        signal,
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
      });
      // It may fail again once there is a response, which then says so too.
      asking.on("error", () => {});
      asking.end(JSON.stringify({ query, variables }));
      const [response] = (await once(asking, "response")) as [IncomingMessage];
      return JSON.parse(await text(response)) as FormattedExecutionResult;
    },
    close: () => agent.destroy(),
  };
}

/** How long a socket may take to open, in milliseconds. */
const HANDSHAKE_MS = 2_000;

/** A socket remembers its operations, so it is renewed after so many. */
const OPERATIONS_PER_SOCKET = 500;

/** One operation at a time. */
export function webSocketClient(wsUrl: string): GraphqlClient {
  let socket: ProtocolSocket | undefined;
  let operations = 0;

  async function opened(signal: AbortSignal): Promise<ProtocolSocket> {
    if (socket?.isOpen && operations < OPERATIONS_PER_SOCKET) return socket;
    if (socket?.isOpen) socket.socket.close(1000);
    operations = 0;
    socket = await openSocket(wsUrl, signal);
    return socket;
  }

  return {
    async execute(query, variables, signal) {
      const open = await opened(signal);
      operations++;
      const giveUp = () => open.socket.terminate();
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        signal.throwIfAborted();
        return await open.execute(query, variables);
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
    close: () => socket?.socket.terminate(),
  };
}

/** A socket on which operations can be sent. Rejects, with nothing left open, where that takes until `signal`. */
export async function openSocket(wsUrl: string, signal: AbortSignal): Promise<ProtocolSocket> {
  const socket = await ProtocolSocket.connect(wsUrl, { handshakeTimeout: HANDSHAKE_MS });
  const giveUp = () => socket.socket.terminate();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    signal.throwIfAborted();
    socket.send({ type: "connection_init" });
    await socket.control.take();
    return socket;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
