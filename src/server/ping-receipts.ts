import type { Receipts } from "../work/delivery.ts";

export interface PingReceiptsOptions {
  /** Sends a message of the protocol after everything that was sent before. */
  readonly send: (text: string) => void;
  /** The client has not answered a ping within `timeoutMs`. */
  readonly overdue: () => void;
  readonly timeoutMs: number;
}

/**
 * Shows what a client has received by pings of the graphql-transport-ws protocol: clients read in order, so the pong to a
 * ping says that what was sent before it has come. A pong of the WebSocket's own would not say so: browsers answer
 * those before the page has seen anything. One ping is in flight at a time, for all that was sent until then.
 */
export class PingReceipts implements Receipts {
  readonly #options: PingReceiptsOptions;
  /** Waits for the next ping. */
  #next: (() => void)[] = [];
  /** Waits for the pong to the ping that is in flight. */
  #sent: (() => void)[] | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #overdue: NodeJS.Timeout | undefined;
  #pings = 0;
  /** The client sends pongs that answer nothing: one counts only where it says what it answers. */
  #isTalkative = false;

  constructor(options: PingReceiptsOptions) {
    this.#options = options;
  }

  confirm(received: () => void): void {
    this.#next.push(received);
    if (!this.#sent) this.#scheduled ??= setImmediate(this.#ping);
  }

  /** The client has sent a pong. */
  pong(payload: Readonly<Record<string, unknown>> | undefined): void {
    const answers = payload?.["receipt"];
    if (!this.#sent && answers === undefined) this.#isTalkative = true;
    if (!this.#sent || (answers === undefined ? this.#isTalkative : answers !== this.#pings))
      return;
    clearTimeout(this.#overdue);
    const received = this.#sent;
    this.#sent = undefined;
    for (const receive of received) receive();
    if (this.#next.length > 0) this.#scheduled ??= setImmediate(this.#ping);
  }

  /** The socket is closed: what was not shown to be received was not. */
  stop(): void {
    clearTimeout(this.#overdue);
    clearImmediate(this.#scheduled);
    this.#next = [];
    this.#sent = undefined;
  }

  readonly #ping = (): void => {
    this.#scheduled = undefined;
    this.#sent = this.#next;
    this.#next = [];
    this.#pings++;
    const { send, overdue, timeoutMs } = this.#options;
    send(JSON.stringify({ type: "ping", payload: { receipt: this.#pings } }));
    this.#overdue = setTimeout(overdue, timeoutMs).unref();
  };
}
