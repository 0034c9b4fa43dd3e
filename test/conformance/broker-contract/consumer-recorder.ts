import type { CodedError, ErrorCode } from "../../../src/errors.ts";
import type {
  QueueDelivery,
  QueueListener,
  Settlement,
} from "../../../src/broker/queue-delivery.ts";

/** What a consumer was told, in order, with waits that end with the event that was waited for. */
export class ConsumerRecorder implements QueueListener {
  readonly calls: string[] = [];
  readonly deliveries: QueueDelivery[] = [];
  endedWith: CodedError | undefined;
  readonly #settlement: Settlement | undefined;
  readonly #waiting = new Set<() => void>();

  /** `settlement`: what each delivery is settled with at once. */
  constructor(settlement?: Settlement) {
    this.#settlement = settlement;
  }

  delivery(delivery: QueueDelivery): void {
    this.deliveries.push(delivery);
    this.#record("delivery");
    if (this.#settlement) delivery.settle(this.#settlement);
  }

  interrupted(): void {
    this.#record("interrupted");
  }

  ended(error: CodedError): void {
    this.endedWith = error;
    this.#record("ended");
  }

  get bodies(): string[] {
    return this.deliveries.map(({ message }) => message.body.toString());
  }

  get redelivered(): boolean[] {
    return this.deliveries.map(({ message }) => message.redelivered);
  }

  get endedCode(): ErrorCode | undefined {
    return this.endedWith?.code;
  }

  /** Resolves as soon as `done` is true; looked at again after every call. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async received(count: number): Promise<readonly QueueDelivery[]> {
    await this.until(() => this.deliveries.length >= count);
    return this.deliveries;
  }

  #record(call: string): void {
    this.calls.push(call);
    for (const look of this.#waiting) look();
  }
}
