import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "../message.ts";
import { REPLY_TO } from "../reply-to.ts";
import type { ReplyAddress } from "../requests.ts";
import type { StoredMessage } from "./stored-message.ts";
import { TapConsumer } from "./tap-consumer.ts";

export interface ReplyInbox extends ReplyAddress {
  /** What comes afterwards goes to nobody. */
  close(): void;
}

/**
 * Those who wait for replies, each at an address of 128 random bits (RabbitMQ, "Direct Reply-to"). There is no queue behind one, so a
 * reply that is handed on was routed to none, and one that is late is dropped.
 */
export class ReplyInboxes {
  readonly #byAddress = new Map<string, TapConsumer>();

  open(onReply: (reply: IncomingMessage) => void): ReplyInbox {
    const address = `${REPLY_TO}.${randomBytes(16).toString("base64url")}`;
    const consumer = new TapConsumer(onReply);
    this.#byAddress.set(address, consumer);
    const close = (): void => {
      this.#byAddress.delete(address);
      consumer.cancel();
    };
    return { address, close };
  }

  /** Hands it to those of `routingKeys` that are addresses; `message` is asked for where there is one. */
  take(routingKeys: readonly string[], message: () => StoredMessage): void {
    if (this.#byAddress.size === 0) return;
    for (const key of routingKeys) this.#byAddress.get(key)?.take(message());
  }
}
