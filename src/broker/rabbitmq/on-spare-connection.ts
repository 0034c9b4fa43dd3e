import type { Channel } from "amqplib";
import { refusal, replyCode } from "./reply-codes.ts";
import type { SpareConnections } from "./spare-connections.ts";

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
    await connection.rpc(channel.close(), "closing a channel");
    return done;
  } catch (error) {
    // Its channels end first, without a word about why.
    const isOver = replyCode(error) === undefined && error instanceof Error;
    throw isOver && /ended|closed/i.test(error.message) ? await connection.ended : error;
  } finally {
    spares.giveBack(connection);
  }
}
