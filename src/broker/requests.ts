import { CodedError } from "../errors.ts";
import { brokerClosed, noReply, replyLost, unroutable } from "./broker-errors.ts";
import type { IncomingMessage, OutgoingMessage } from "./message.ts";
import { uniqueId } from "./unique-id.ts";

/** Where replies come, until it is lost. */
export interface ReplyAddress {
  /** What goes into `replyTo`. */
  readonly address: string;
}

export interface RequestsOptions {
  /** Requests that may wait for their replies at once; past it they are answered BUSY. */
  readonly requestsInFlight: number;
  /** As {@link BrokerAdapter.publish}. */
  readonly publish: (message: OutgoingMessage) => Promise<{ routed: boolean }>;
  /** Where replies come now. What comes there is to be handed to {@link Requests.reply}. */
  readonly replyAddress: () => Promise<ReplyAddress>;
}

/** A request, from its call to its one outcome. */
interface Waiting {
  readonly resolve: (reply: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  /** Where its reply comes, once it has been sent. */
  at?: ReplyAddress;
  /** Whether it was taken is not known: a reply would show it. */
  unknown?: CodedError;
}

/**
 * Requests and their replies, for every adapter: a reply belongs to the request whose correlation id it
 * carries. That id is the gateway's own, of 80 random bits, and known to the responder alone; nobody else
 * can answer a request of another's. What is not waited for, no longer or not any more, is dropped.
 */
export class Requests {
  readonly #options: RequestsOptions;
  /** By correlation id. */
  readonly #waiting = new Map<string, Waiting>();
  #closed = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** See {@link BrokerAdapter.request}. */
  request(message: OutgoingMessage, timeoutMs: number): Promise<IncomingMessage> {
    if (this.#closed) return Promise.reject(brokerClosed());
    const { requestsInFlight } = this.#options;
    if (this.#waiting.size >= requestsInFlight) return Promise.reject(busy(requestsInFlight));
    const id = uniqueId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#late(id, timeoutMs), timeoutMs);
      const waiting: Waiting = { resolve, reject, timer };
      this.#waiting.set(id, waiting);
      void this.#send(id, waiting, message, timeoutMs);
    });
  }

  /** A message that has come to an address of ours. */
  reply(message: IncomingMessage): void {
    const id = message.properties.correlationId;
    if (id !== undefined) this.#settled(id)?.resolve(message);
  }

  /** Nothing can come to this address any more. */
  lost(at: ReplyAddress): void {
    for (const [id, waiting] of this.#waiting)
      if (waiting.at === at) this.#settled(id)?.reject(replyLost());
  }

  /** Every request ends here. */
  close(): void {
    this.#closed = true;
    for (const id of this.#waiting.keys()) this.#settled(id)?.reject(brokerClosed());
  }

  /** Never rejects. */
  async #send(
    id: string,
    waiting: Waiting,
    message: OutgoingMessage,
    timeoutMs: number,
  ): Promise<void> {
    try {
      const at = await this.#options.replyAddress();
      // Nobody waits for it any more: what has not been sent need not be.
      if (!this.#waiting.has(id)) return;
      waiting.at = at;
      const asked = asRequest(message, { replyTo: at.address, correlationId: id, timeoutMs });
      const { routed } = await this.#options.publish(asked);
      if (!routed) this.#settled(id)?.reject(unroutable(message.exchange, message.routingKey));
    } catch (error) {
      if (error instanceof CodedError && error.code === "CONFIRM_UNKNOWN") waiting.unknown = error;
      else this.#settled(id)?.reject(error);
    }
  }

  #late(id: string, timeoutMs: number): void {
    const waiting = this.#settled(id);
    waiting?.reject(waiting.unknown ?? noReply(timeoutMs));
  }

  /** The request, which from here on is nobody's to settle; undefined where it has been settled. */
  #settled(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting) return undefined;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    return waiting;
  }
}

/** A request that nobody takes in time is of no use to anybody: it is not to wait any longer. */
function asRequest(
  message: OutgoingMessage,
  {
    replyTo,
    correlationId,
    timeoutMs,
  }: Record<"replyTo" | "correlationId", string> & { timeoutMs: number },
): OutgoingMessage {
  const { properties } = message;
  const expirationMs = Math.min(properties.expirationMs ?? timeoutMs, timeoutMs);
  return { ...message, properties: { ...properties, replyTo, correlationId, expirationMs } };
}

function busy(most: number): CodedError {
  return new CodedError(
    "BUSY",
    `${most} requests wait for their replies; this one was not sent, try again later`,
    { limit: "requestsInFlight" },
  );
}
