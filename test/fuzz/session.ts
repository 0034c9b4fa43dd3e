import { once } from "node:events";
import { connect } from "node:net";
import { upgradeRequest } from "../conformance/graphql/support/raw-socket.ts";
import type { Random } from "../harness/random.ts";
import type { MutatedConversation } from "./mutated-conversation.ts";

/** A socket that the gateway has not ended after this time is one that it has forgotten, in milliseconds. */
const ENDS_WITHIN_MS = 20_000;

/**
 * Says a conversation over a socket of its own, in pieces of any size, and leaves: most say good-bye to the
 * socket, some break it. Rejects where the gateway does not let go of it.
 */
export async function session(
  port: number,
  { bytes }: MutatedConversation,
  random: Random,
): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  // What the gateway says to all this, and that it hangs up in the middle of it, is as it should be.
  socket.on("error", () => {});
  socket.resume();
  const ended = once(socket, "close", { signal: AbortSignal.timeout(ENDS_WITHIN_MS) });
  socket.write(upgradeRequest("/graphql"));
  await Promise.race([once(socket, "data"), ended]);
  for (let from = 0; from < bytes.length && socket.writable;) {
    const to = Math.min(bytes.length, from + pieceOf(random, bytes.length));
    socket.write(bytes.subarray(from, to));
    from = to;
  }
  if (random.chance(0.2)) socket.resetAndDestroy();
  else socket.end();
  await ended;
}

/** Nearly always all there is at once. */
function pieceOf(random: Random, length: number): number {
  return random.chance(0.8) ? length : random.between(Math.ceil(length / 50), length);
}
