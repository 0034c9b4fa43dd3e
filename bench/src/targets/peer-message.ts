import type { ConsumeMessage } from "amqplib";

/** A message as the peers' default resolvers read it: its JSON is parsed once, for all subscribers. */
export interface PeerMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly json: unknown;
  readonly size: number;
  readonly redelivered: boolean;
}

export function peerMessage({ fields, content }: ConsumeMessage): PeerMessage {
  return {
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    json: JSON.parse(content.toString()) as unknown,
    size: content.length,
    redelivered: fields.redelivered,
  };
}
