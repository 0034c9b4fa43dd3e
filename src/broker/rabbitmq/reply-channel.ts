import type { ConsumeMessage } from "amqplib";
import { REPLY_TO } from "../reply-to.ts";
import type { ReplyAddress } from "../requests.ts";
import { uniqueId } from "../unique-id.ts";
import type { AmqpConnection } from "./amqp-connection.ts";

/**
 * Has replies come, on a channel that does nothing else and so has nothing that can close it.
 *
 * The broker puts the channel's own address for the name of the pseudo-queue into what is published on that
 * channel. A message that cannot be routed comes back with it; from then on requests carry the address themselves,
 * and can be published like any other message.
 */
export async function openReplyChannel(
  connection: AmqpConnection,
  onReply: (message: ConsumeMessage) => void,
  onLost: () => void,
): Promise<ReplyAddress> {
  const channel = await connection.openChannel();
  const closed = new Promise<never>((_resolve, reject) => {
    channel.on("error", reject);
    channel.on("close", () => reject(new Error("The channel for replies was closed")));
  });
  closed.catch(onLost);
  const consumer = (message: ConsumeMessage | null) => (message ? onReply(message) : onLost());
  await connection.rpc(channel.consume(REPLY_TO, consumer, { noAck: true }), "awaiting replies");
  const returned = new Promise<string>((resolve) => {
    channel.once("return", ({ properties }: { properties: { replyTo: string } }) =>
      resolve(properties.replyTo),
    );
  });
  channel.publish("", uniqueId(), Buffer.of(), { mandatory: true, replyTo: REPLY_TO });
  const address = await connection.rpc(Promise.race([returned, closed]), "awaiting replies");
  return { address };
}
