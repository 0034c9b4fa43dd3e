import type { IncomingMessage } from "../broker/message.ts";

/** When a delivery is done with. */
export const ACK_MODES = [
  /** When somebody settles it by its id. */
  "manual",
  /** When the client has shown that it has received it. */
  "auto",
] as const;
export type AckMode = (typeof ACK_MODES)[number];

/** A message from a queue, in the hands of a subscriber until it is settled. */
export interface Delivery {
  /** Cannot be guessed. Means this delivery alone, and nothing once it is settled or has gone back. */
  readonly id: string;
  readonly queue: string;
  /** 1 for the first time that the message is handed out. */
  readonly attempt: number;
  readonly message: IncomingMessage;
}

/** Tells when what has been handed to a client's connection has been received there. */
export interface Receipts {
  /** `received` is called once the client has shown that it has all that was sent to it before; never where it does not. */
  confirm(received: () => void): void;
}
