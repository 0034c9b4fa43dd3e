import { fieldTable } from "../field-table.ts";
import { REPLY_TO } from "../reply-to.ts";
import type { ReplyAddress } from "../requests.ts";
import { uniqueId } from "../unique-id.ts";
import type { AmqpConnection } from "./wire/amqp-connection.ts";
import { newConsumerTag } from "./wire/consumers.ts";
import type { Delivery } from "./wire/delivery.ts";

/**
 * Has replies come, on a channel that does nothing else and so has nothing that can close it.
 *
 * The broker puts the channel's own address for the name of the pseudo-queue into what is published on that
 * channel. A message that cannot be routed comes back with it; from then on requests carry the address themselves,
 * and can be published like any other message.
 */
export async function openReplyChannel(
  connection: AmqpConnection,
  onReply: (delivery: Delivery) => void,
  onLost: () => void,
): Promise<ReplyAddress> {
  const channel = await connection.openChannel();
  const closed = new Promise<never>((_resolve, reject) => {
    channel.onClosed = (failure) =>
      reject(failure ?? new Error("The channel for replies was closed"));
  });
  closed.catch(onLost);
  const asked = { consumerTag: newConsumerTag(), noAck: true };
  const consuming = channel.consume(REPLY_TO, asked, { delivery: onReply, cancelled: onLost });
  await connection.rpc(consuming, "awaiting replies");
  const returned = new Promise<string>((resolve) => {
    channel.onReturned = ({ replyTo = "" }) => resolve(replyTo);
  });
  channel.publish({
    exchange: "",
    routingKey: uniqueId(),
    body: Buffer.of(),
    headers: fieldTable(),
    properties: { messageId: uniqueId(), persistent: false, replyTo: REPLY_TO },
  });
  const address = await connection.rpc(Promise.race([returned, closed]), "awaiting replies");
  return { address };
}
