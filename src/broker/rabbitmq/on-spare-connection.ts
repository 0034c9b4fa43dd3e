import { refusal } from "./reply-codes.ts";
import type { SpareConnections } from "./spare-connections.ts";
import type { Channel } from "./wire/channel.ts";
import { ConnectionLost } from "./wire/wire-errors.ts";

/**
 * Does `work` on a connection that is its alone, since the broker may answer it with the end of the
 * connection (540). Rejects with what ended the channel, or the connection.
 */
export async function onSpareConnection<T>(
  spares: SpareConnections,
  what: string,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  const connection = await spares.borrow().catch((error: unknown) => {
    throw refusal(error, "No connection could be opened");
  });
  try {
    const channel = await connection.openChannel();
    const done = await connection.rpc(work(channel), what);
    await connection.closeChannel(channel);
    return done;
  } catch (error) {
    throw error instanceof ConnectionLost ? error.cause : error;
  } finally {
    spares.giveBack(connection);
  }
}
