import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CloseCode, MessageType, type makeServer } from "graphql-ws";
import { CodedError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { keepAlive } from "./keep-alive.ts";
import { PingReceipts } from "./ping-receipts.ts";
import type { Pipeline } from "./pipeline.ts";
import { Places } from "./places.ts";
import { SocketSession, type SocketSessionOptions } from "./socket-session.ts";
import { closeSocket, send, SERVICE_RESTART, textOf, type GatewaySocket } from "./web-socket.ts";

/** graphql-ws, which knows each client by its connection. */
export type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Connection>>;

/** Our own, of the range that applications may use; clients of the protocol take it as a reason to come back. */
const PONG_MISSING = 4509;

/** How long a socket whose caller has expired may take to close before it is cut, in milliseconds. */
const ENDING_MS = 500;

export type ConnectionOptions = Pick<
  SocketSessionOptions,
  "authentication" | "contextFor" | "limits"
> & {
  readonly pipeline: Pick<Pipeline, "mask">;
  readonly logger: Logger;
  readonly keepAliveMs: number;
  /** How long a client may take to close before its socket is cut. */
  readonly closeTimeoutMs: number;
};

/** A socket, the raw stream beneath it, and whose it is. */
export interface Connection {
  readonly socket: GatewaySocket;
  readonly stream: Duplex;
  readonly session: SocketSession;
  readonly places: Places;
  readonly receipts: PingReceipts;
}

export function connectionOf(
  socket: GatewaySocket,
  stream: Duplex,
  request: IncomingMessage,
  { authentication, contextFor, limits, logger, closeTimeoutMs, keepAliveMs }: ConnectionOptions,
): Connection {
  const close = (code: number, reason: string) => {
    // What waits in the socket is no longer for whoever reads it: not longer than the good order needs.
    void closeSocket(socket, Math.min(closeTimeoutMs, ENDING_MS), code, reason);
  };
  const session = new SocketSession({ request, authentication, contextFor, limits, logger, close });
  const receipts = new PingReceipts({
    send: (text) => void send(socket, stream, text),
    overdue: () => socket.close(PONG_MISSING, "A ping was not answered"),
    timeoutMs: keepAliveMs,
  });
  return { socket, stream, session, places: new Places(), receipts };
}

/** Has the protocol spoken on it, until it is closed. */
export function serve(
  protocol: Protocol,
  connection: Connection,
  { logger, keepAliveMs, pipeline }: ConnectionOptions,
): void {
  const { socket, stream, places, session, receipts } = connection;
  socket.onClosing = () => places.close();
  const stopKeepingAlive = keepAlive(socket, keepAliveMs);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, stream, text),
      close: (code, reason) => socket.close(code, reason),
      onPing: async (payload) => {
        await send(socket, stream, pongOf(await session.pong(payload)));
      },
      onMessage: (handle) => {
        socket.on("message", (data) => {
          handle(textOf(data)).catch((error: unknown) => {
            if (isUnexpectedMessage(error)) {
              socket.close(CloseCode.BadRequest, "Unexpected message");
              return;
            }
            logger.error({ err: error }, "a message could not be handled");
            socket.close(SERVICE_RESTART, "Try again");
          });
        });
      },
    },
    connection,
  );
  socket.on("error", (error) => {
    // ws has closed it with 1009.
    if ("code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
      pipeline.mask(
        new CodedError("LIMIT_EXCEEDED", "A message is too large", {
          limit: "socketMaxPayloadBytes",
        }),
      );
    logger.debug({ err: error }, "a socket failed");
  });
  socket.once("close", (code, reason) => {
    stopKeepingAlive();
    session.end();
    receipts.stop();
    closed(code, String(reason)).catch((error: unknown) =>
      logger.error({ err: error }, "a socket's end could not be handled"),
    );
  });
}

function pongOf(payload: object | undefined): string {
  return JSON.stringify({ type: MessageType.Pong, ...(payload && { payload }) });
}

/** graphql-ws throws at a message that only servers send, where the protocol has a close code for it. */
function isUnexpectedMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Unexpected message of type");
}
