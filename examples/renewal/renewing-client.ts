import { createClient, type Client, type ClientOptions } from "graphql-ws";

/** A token, and for how long it is good, in milliseconds: what an issuer's `expires_in` says, times 1000. */
export interface FreshToken {
  readonly token: string;
  readonly lastsMs: number;
}

/** Renewed when this much of its time has passed: what is left is for an issuer that is slow. */
const RENEW_AFTER = 0.7;

/**
 * A graphql-ws client that stays connected for longer than a token lasts. It renews in place, by a ping with
 * the new token in its payload, and misses nothing. Where that fails it is disconnected when the token expires,
 * and connects again with a new one: subscriptions are then told `Live` once more.
 */
export function createRenewingClient(
  options: ClientOptions,
  freshToken: () => Promise<FreshToken>,
  onRefused: (errors: unknown) => void = () => {},
): Client {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastsMs = 0;

  const take = async (): Promise<string> => {
    const fresh = await freshToken();
    lastsMs = fresh.lastsMs;
    return `Bearer ${fresh.token}`;
  };
  const renewLater = (socket: WebSocket) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      take().then(
        (authorization) =>
          socket.send(JSON.stringify({ type: "ping", payload: { authorization } })),
        onRefused,
      );
    }, RENEW_AFTER * lastsMs);
  };

  let socket: WebSocket | undefined;
  return createClient({
    ...options,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    connectionParams: async () => ({ authorization: await take() }),
    on: {
      connected: (connected) => {
        socket = connected as WebSocket;
        renewLater(socket);
      },
      // The gateway's answer: { renewed: true, expiresAt } or { renewed: false, errors }.
      pong: (_received, payload) => {
        if (payload?.["renewed"] === true && socket) renewLater(socket);
        if (payload?.["renewed"] === false) onRefused(payload["errors"]);
      },
      closed: () => clearTimeout(timer),
    },
  });
}
